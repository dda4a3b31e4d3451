import { Controller, Get, Res, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, type HealthIndicatorFunction } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { CircuitView } from './circuit-view.ts';
import { ModelChecks } from './model-checks.ts';
import { ResourceChecks } from './resource-checks.ts';
import { StoreChecks } from './store-checks.ts';

const dependencies = z.record(z.string(), z.looseObject({ status: z.enum(['up', 'degraded', 'down']) }));

/** The body of a health check. */
export const healthSchema = z.object({
  status: z.enum(['ok', 'degraded', 'error', 'shutting_down']),
  info: dependencies.describe('The dependencies that work'),
  error: dependencies.describe('The dependencies that are down'),
  details: dependencies.describe('All of them'),
});

/** The routes for load balancers and monitoring. None of them calls a model. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly stores: StoreChecks,
    private readonly models: ModelChecks,
    private readonly resources: ResourceChecks,
    private readonly circuits: CircuitView,
  ) {}

  /** 200 while the process runs. */
  @Get('live')
  live() {
    return { status: 'ok' };
  }

  /** 200 while this instance can answer some question. */
  @Get('ready')
  ready(@Res({ passthrough: true }) reply: FastifyReply) {
    return this.report([() => this.stores.answers()], reply);
  }

  /** Every dependency in detail. */
  @Get()
  all(@Res({ passthrough: true }) reply: FastifyReply) {
    const { stores, models, resources } = this;
    const checks = [
      () => stores.postgres(),
      () => stores.cache(),
      () => models.generation(),
      () => models.embedding(),
      () => models.reranking() ?? {},
      () => resources.heap(),
      () => resources.disk(),
    ];
    return this.report(checks, reply);
  }

  /** Every guard with the health of its service over the last minute and hour. */
  @Get('circuit-breaker')
  circuitBreaker() {
    return this.circuits.show();
  }

  /** Terminus's body, with status 503 when a check is down. */
  private async report(checks: HealthIndicatorFunction[], reply: FastifyReply): Promise<object> {
    try {
      return await this.health.check(checks);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      void reply.status(503);
      return error.getResponse() as object;
    }
  }
}
