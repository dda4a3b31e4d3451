import { Controller, Get, Inject, Param } from '@nestjs/common';
import { CLOCK, type Clock } from '../resilience/time/clock.ts';
import { MODELS, policyOf, type modelListSchema, type modelSchema } from './models.ts';
import type { z } from 'zod';

/** `/v1/models`: the models that can be asked. */
@Controller('v1/models')
export class ModelsController {
  /** Epoch seconds. The models are as old as this process. */
  private readonly created: number;

  constructor(@Inject(CLOCK) clock: Clock) {
    this.created = Math.floor(clock.wall() / 1_000);
  }

  @Get()
  list(): z.infer<typeof modelListSchema> {
    return { object: 'list', data: MODELS.map((id) => this.describe(id)) };
  }

  /** Some clients leave the slash of a name as it is. */
  @Get([':id', ':id/:variant'])
  get(@Param() { id, variant }: { id: string; variant?: string }) {
    const name = variant === undefined ? id : `${id}/${variant}`;
    policyOf(name);
    return this.describe(name);
  }

  private describe(id: string): z.infer<typeof modelSchema> {
    return { id, object: 'model', created: this.created, owned_by: 'failsoft' };
  }
}
