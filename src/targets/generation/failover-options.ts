import type { Classify } from '../../resilience/guard/outcome.ts';
import type { RetryBudget } from '../../resilience/limits/retry-budget.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import type {
  FallbackReason,
  Generation,
  GenerationAttempt,
  GenerationRequest,
} from '../../models/generation.ts';
import type { TargetOrder } from '../ranking/target-order.ts';
import type { GuardedGenerator } from './generation-target.ts';

/** How targets are called. Durations are in milliseconds. */
export interface FailoverPolicy {
  hedgeAfterMs: number;
  /** The most calls to services for one question. */
  maxAttempts: number;
  /** The longest hold of its last target that a question waits for. */
  maxHoldWaitMs: number;
  baseDelayMs: number;
  maxDelayMs: number;
}

/** What all questions share. */
export interface FailoverDependencies {
  order: TargetOrder;
  retryBudget: RetryBudget;
  policy: FailoverPolicy;
  classify: Classify;
  clock: Clock;
  random: () => number;
  /** The questions whose patience is over and whose calls go on. */
  overdue: Set<unknown>;
  /** Called when a target refused its key, with the milliseconds for which the key must not be used. */
  onBadCredentials: (target: GuardedGenerator, holdMs: number) => void;
}

/** Who speaks, and what it was sent. */
export interface Speaker<R extends GenerationRequest> {
  /** The name of the target's guard. */
  target: string;
  /** Whether a target that comes first in the configuration, and can take the question, does not answer it. */
  isBackup: boolean;
  /** Whether the target runs in this process. */
  isLocal: boolean;
  request: R;
}

/** What is told of a generation while it goes on. */
export interface GenerationListener<R extends GenerationRequest> {
  /** A target is called, and its guard has let the call through. */
  onCall?(speaker: Speaker<R>): void;
  /** A part of the answer has arrived. Returns whether a user sees it, so that the same target is not asked again. */
  onToken?(text: string, speaker: Speaker<R>): boolean;
  /** A target that had begun to answer broke off. */
  onBreak?(target: string, reason: FallbackReason): void;
  /** Nobody should wait longer for this answer, which goes on: in the queue, or for its targets. May be called more than once. */
  onPatienceOver?(reason: FallbackReason, attempts: GenerationAttempt[]): void;
}

/** The limits and the listener of one question. */
export interface FailoverOptions<R extends GenerationRequest> {
  signal: AbortSignal;
  /** Returns the milliseconds left for the answer. */
  leftMs: () => number;
  /** Milliseconds for which the question has waited for a target in vain already. */
  waitedMs?: number | undefined;
  listener?: GenerationListener<R> | undefined;
}

/** Returns the request for a target; undefined when the target cannot take the question. */
export type FitRequest<R extends GenerationRequest> = (target: GuardedGenerator) => R | undefined;

/** The result of a generation. `attempts` lists every call; `request` is what the winning target was sent. */
export type GenerationResult<R extends GenerationRequest = GenerationRequest> =
  (Generation & Speaker<R> & { ok: true; attempts: GenerationAttempt[] }) | GenerationUnavailable;

/** Why no target generated an answer. */
export interface GenerationUnavailable {
  ok: false;
  reason: FallbackReason;
  attempts: GenerationAttempt[];
}
