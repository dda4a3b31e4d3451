import { isService, type GuardedGenerator } from './generation-target.ts';
import type { FallbackReason, GenerationAttempt } from '../../models/generation.ts';
import type { TargetCall } from './target-call.ts';

/** The calls made for one question, in the order of their start. */
export class AttemptLog {
  private readonly calls: TargetCall[] = [];

  /** @param maxHoldWaitMs the longest hold that a question waits for, in milliseconds */
  constructor(private readonly maxHoldWaitMs: number) {}

  add(call: TargetCall): void {
    this.calls.push(call);
  }

  /** Calls of one target, those that its guard rejected too. */
  countOf(target: GuardedGenerator): number {
    return this.calls.filter((call) => call.target === target).length;
  }

  /** Calls that were made to a service. */
  get count(): number {
    return this.calls.filter(
      ({ target, result }) => isService(target) && (!result || result.ok || result.called),
    ).length;
  }

  /** The attempts as the response shows them. */
  get attempts(): GenerationAttempt[] {
    return this.calls.map((call) => call.attempt);
  }

  /** The attempts for an answer that does not wait for those under way. */
  get attemptsSoFar(): GenerationAttempt[] {
    return this.calls.map((call) => (call.result ? call.attempt : { ...call.attempt, outcome: 'timeout' }));
  }

  /** Why there is no answer: the reason of the last target that was called, else of the first that was rejected. */
  get reason(): FallbackReason {
    const ends = this.calls.flatMap(({ result }) => (result && !result.ok ? [result] : []));
    const decisive = ends.findLast((end) => end.called && end.outcome !== 'aborted') ?? ends[0];
    return decisive?.reason ?? 'generation_failed';
  }

  /** Whether the target may be retried, now or when its hold is over. */
  mayRetry(target: GuardedGenerator): boolean {
    const call = this.last(target);
    if (!call?.result || call.result.ok) return false;
    const isAllowed = call.result.retry === 'yes';
    const { rejection } = target.guard;
    const isAdmitted = rejection === null || rejection === 'throttled';
    return isAllowed && isAdmitted && this.holdMs(target) <= this.maxHoldWaitMs;
  }

  /** Milliseconds until the target may be called. */
  holdMs(target: GuardedGenerator): number {
    const end = this.last(target)?.result;
    return Math.max(end && !end.ok ? end.holdMs : 0, target.guard.retryAfterMs);
  }

  private last(target: GuardedGenerator): TargetCall | undefined {
    return this.calls.findLast((call) => call.target === target);
  }
}
