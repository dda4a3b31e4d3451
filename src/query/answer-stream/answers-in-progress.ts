import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AppError } from '../../http/app-error.ts';
import { DrillTrace } from '../../resilience/drills/drill-trace.ts';
import type { Deadline } from '../../resilience/time/deadline.ts';
import { waitForStop } from '../../resilience/time/stop-limit.ts';
import { tellDrills, type Answer } from '../answer/answer.ts';
import { AnswerDeadlines } from '../answer/answer-deadlines.ts';
import { Freshness } from '../answer/freshness.ts';
import { answerKeys, type Question } from '../answer/question.ts';
import type { Timings } from '../answer/timings.ts';
import { AnswerProgress } from './answer-progress.ts';

/** An answer in the making. */
export interface AnswerWork {
  /** Where it is shown meanwhile. */
  progress: AnswerProgress;
  deadline: Deadline;
  /** Aborts when nobody needs the answer any more. */
  caller: AbortSignal;
  /** The durations of its steps so far. */
  timings: Timings;
  /** Milliseconds for which it has waited for a model in vain. */
  waitedMs: number;
  /** The drills that it has met so far. */
  drills: DrillTrace;
}

/** A reader's part in an answer. `release`, or the end of `using`, gives it up; the last one ends an unfinished answer. */
export interface AnswerLease extends Disposable {
  progress: AnswerProgress;
  /** Whether a document of its passages was deleted since. @throws the signal's reason */
  citesDeleted(signal: AbortSignal): Promise<boolean>;
  /** Lets the answer go on without any reader, to its own limits. */
  keep(): void;
  release(): void;
}

interface Flight {
  progress: AnswerProgress;
  controller: AbortController;
  drills: DrillTrace;
  readers: number;
  isKept: boolean;
  ended: Promise<void>;
}

/** The answers in the making. Callers who ask the same question at the same time share one. */
@Injectable()
export class AnswersInProgress implements OnApplicationShutdown {
  private readonly flights = new Map<string, Flight>();
  private isStopping = false;

  constructor(
    private readonly deadlines: AnswerDeadlines,
    private readonly freshness: Freshness,
  ) {}

  /** Ends the answers that go on without a reader. */
  onApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    const flights = [...this.flights.values()];
    for (const { controller } of flights) controller.abort(new AppError('overloaded'));
    return waitForStop(Promise.all(flights.map(({ ended }) => ended)), this.deadlines.clock);
  }

  /**
   * Joins the answer in the making for the same question, or starts one with `produce`. An answer that was begun before the
   * tenant's documents changed is not joined.
   */
  join(question: Question, produce: (work: AnswerWork) => Promise<Answer>): AnswerLease {
    const changes = this.freshness.changesSeen(question.tenantId);
    // Of two equal questions, only that in a conversation is told how it was condensed.
    const kind = question.conversation ? 'conversation' : 'question';
    const key = `${kind}:${question.caching ?? ''}:${changes}:${answerKeys(question)[0]}`;
    const flight = this.flights.get(key) ?? this.start(key, produce);
    flight.drills.join();
    flight.readers++;
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      if (--flight.readers === 0 && !flight.isKept) this.abort(key, flight);
    };
    const keep = () => {
      flight.isKept = true;
    };
    return this.lease(question, flight.progress, keep, release);
  }

  /** A lease of an answer that is complete. */
  leaseComplete(question: Question, answer: Answer): AnswerLease {
    const progress = new AnswerProgress();
    progress.finish(answer);
    return this.lease(question, progress, doNothing, doNothing);
  }

  private lease(
    { tenantId }: Question,
    progress: AnswerProgress,
    keep: () => void,
    release: () => void,
  ): AnswerLease {
    const citesDeleted = async (signal: AbortSignal) => {
      const { documents, revision } = progress.origin;
      if (documents.length === 0) return false;
      const policy = await this.freshness.current(tenantId, signal);
      return !policy || policy.citesDeleted(documents, revision);
    };
    return { progress, citesDeleted, keep, release, [Symbol.dispose]: release };
  }

  private start(key: string, produce: (work: AnswerWork) => Promise<Answer>): Flight {
    const progress = new AnswerProgress();
    const controller = new AbortController();
    if (this.isStopping) controller.abort(new AppError('overloaded'));
    const drills = new DrillTrace();
    const flight: Flight = {
      progress,
      controller,
      drills,
      readers: 0,
      isKept: false,
      ended: Promise.resolve(),
    };
    this.flights.set(key, flight);
    flight.ended = this.run(produce, flight)
      .finally(() => this.remove(key, flight))
      .then(
        (answer) => progress.finish(answer),
        (error: unknown) => progress.fail(error),
      );
    return flight;
  }

  private async run(
    produce: (work: AnswerWork) => Promise<Answer>,
    { progress, controller, drills }: Flight,
  ): Promise<Answer> {
    const caller = controller.signal;
    using deadline = this.deadlines.start(caller);
    const timings: Timings = {};
    const work = { progress, deadline, caller, timings, waitedMs: 0, drills };
    const answer = await drills.run(() => produce(work));
    return { ...tellDrills(answer, drills), timings };
  }

  private abort(key: string, flight: Flight): void {
    this.remove(key, flight);
    flight.controller.abort();
  }

  /** A caller who comes after the end of an answer starts a new one. */
  private remove(key: string, flight: Flight): void {
    if (this.flights.get(key) === flight) this.flights.delete(key);
  }
}

function doNothing(): void {
  // Nothing is under way.
}
