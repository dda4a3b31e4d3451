import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { GuardRegistry } from '../resilience/guard/guard-registry.ts';
import { CLOCK, type Clock } from '../resilience/time/clock.ts';
import type { EndedDrill } from './response.schema.ts';

/** Drills that are remembered. Raised, the list of drills is longer. */
const MAX_ENDED = 50;

/** Remembers the drills that ended lately on this instance. */
@Injectable()
export class DrillHistory implements OnApplicationShutdown {
  private readonly ended: EndedDrill[] = [];
  private readonly stopListening: () => void;

  constructor(guards: GuardRegistry, @Inject(CLOCK) clock: Clock) {
    this.stopListening = guards.subscribe((event) => {
      if (event.type !== 'drill_ended') return;
      this.ended.unshift({ ...event.drill, ended_at: clock.wall() / 1_000, how: event.how });
      this.ended.length = Math.min(this.ended.length, MAX_ENDED);
    });
  }

  onApplicationShutdown(): void {
    this.stopListening();
  }

  /** The last ones, newest first. */
  get latest(): readonly EndedDrill[] {
    return this.ended;
  }
}
