import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import { startDeadline, type Deadline } from '../../resilience/time/deadline.ts';

/** Share of the deadline reserved for the fallback answer, and its upper bound. Raising them leaves less time for generation. */
const RESERVE_SHARE = 0.05;
const RESERVE_MAX_MS = 200;
/** Share of the reserve for the rungs' calls; the rest is for building and sending the response. */
const RUNGS_SHARE = 0.5;

/** The time limits of an answer. */
@Injectable()
export class AnswerDeadlines {
  private readonly deadlineMs: number;
  private readonly reserveMs: number;

  constructor(
    @Inject(APP_CONFIG) { queryDeadlineMs }: AppConfig,
    @Inject(CLOCK) readonly clock: Clock,
  ) {
    this.reserveMs = Math.min(queryDeadlineMs * RESERVE_SHARE, RESERVE_MAX_MS);
    this.deadlineMs = queryDeadlineMs - this.reserveMs;
  }

  /** Starts the deadline of an answer: the configured one minus the reserve, so that the response is sent within it. */
  start(caller: AbortSignal): Deadline {
    return startDeadline(this.clock, this.deadlineMs, caller);
  }

  /** Starts the time that all rungs' calls have together once the deadline is exceeded. */
  startFallback(parent: AbortSignal): Deadline {
    return startDeadline(this.clock, this.reserveMs * RUNGS_SHARE, parent);
  }
}
