import { isCallerGone, type Deadline } from '../../resilience/time/deadline.ts';
import { Bulkhead, BulkheadFullError, type BulkheadLimits } from '../../resilience/limits/bulkhead.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import type { Classify } from '../../resilience/guard/outcome.ts';
import type { ProbeSubject } from '../../resilience/guard/prober.ts';
import { RetryBudget } from '../../resilience/limits/retry-budget.ts';
import { latchTargetsWithSameKey } from '../guarded-target.ts';
import { rejectionOutcome, rejectionReason } from './call-result.ts';
import type { GuardedGenerator } from './generation-target.ts';
import { GenerationFailover } from './failover.ts';
import type {
  FitRequest,
  FailoverOptions,
  FailoverDependencies,
  FailoverPolicy,
  GenerationResult,
  GenerationUnavailable,
} from './failover-options.ts';
import type {
  FallbackReason,
  Generation,
  GenerationAttempt,
  GenerationRequest,
} from '../../models/generation.ts';
import { TargetCall } from './target-call.ts';
import { probeGenerator } from '../probes.ts';
import { TargetOrder } from '../ranking/target-order.ts';
import type { TokenTimes } from './token-times.ts';
import type { TargetRank } from '../ranking/target-rank.ts';

/** How answers are generated. */
export interface GenerationPolicy extends FailoverPolicy, BulkheadLimits {}

/** Share of the remaining time that a question may wait in the queue. Raising it leaves less time for generation. */
const WAIT_SHARE = 0.5;

/** How long after the last question targets are probed, in milliseconds. Raised, more probes cost tokens; lowered, an outage is found only by the next question. */
const IDLE_MS = 600_000;

/** Calls the generation targets, each behind its own guard, until one answers. */
export class GenerationTargets {
  private readonly dependencies: FailoverDependencies;
  private readonly bulkhead: Bulkhead;
  private lastAskedAt: number;

  constructor(
    private readonly targets: GuardedGenerator[],
    classify: Classify,
    clock: Clock,
    policy: GenerationPolicy,
    random: () => number = Math.random,
  ) {
    const order = new TargetOrder(targets, policy.hedgeAfterMs, clock, random);
    const retryBudget = new RetryBudget(clock);
    const onBadCredentials = (target: GuardedGenerator, holdMs: number) =>
      latchTargetsWithSameKey(targets, target, holdMs);
    this.dependencies = {
      order,
      retryBudget,
      policy,
      classify,
      clock,
      random,
      onBadCredentials,
      overdue: new Set(),
    };
    this.bulkhead = new Bulkhead(policy, clock);
    this.lastAskedAt = clock.now();
  }

  /** The targets to probe. */
  probeSubjects(limitMs: number): ProbeSubject[] {
    const { classify } = this.dependencies;
    return this.targets.map(({ guard, generator, isLocal }) => ({
      guard,
      limitMs,
      classify,
      isLocal,
      onRecovery: () => this.rankOf(guard.name)?.endRefusal(),
      probe: (signal) => probeGenerator(generator, signal),
    }));
  }

  /** The result of a question at this moment if no target would be called; null when one would be. Makes no call. */
  get rejection(): GenerationUnavailable | null {
    const attempts: GenerationAttempt[] = [];
    let reason: FallbackReason | undefined;
    for (const { guard } of this.targets) {
      const { name, rejection } = guard;
      if (rejection === null) return null;
      reason ??= rejectionReason(rejection);
      attempts.push({ target: name, outcome: rejectionOutcome(rejection), duration_ms: 0 });
    }
    return reason === undefined ? null : { ok: false, reason, attempts };
  }

  /** Notes that a question goes without the targets that reject on account of a drill. */
  noteRejections(): void {
    for (const { guard } of this.targets) if (guard.rejection !== null) guard.injection.noteRejection();
  }

  /** Milliseconds until some target may be called; 0 when one may be called now. */
  get retryAfterMs(): number {
    return Math.min(...this.targets.map(({ guard }) => guard.retryAfterMs));
  }

  /** Whether no model was asked for ten minutes. */
  get isIdle(): boolean {
    return this.dependencies.clock.now() - this.lastAskedAt > IDLE_MS;
  }

  /** Why a target is demoted, and the milliseconds until it is tried again; undefined when it is not demoted. */
  demotion(name: string): TargetRank['demotion'] {
    return this.rankOf(name)?.demotion;
  }

  /** How long a target usually takes to its tokens; undefined for a guard that is no generation target's. */
  tokenTimes(name: string): TokenTimes | undefined {
    return this.targets.find(({ guard, isLocal }) => guard.name === name && !isLocal)?.times;
  }

  /** Ends a target's demotion and forgets what was recorded about it. */
  resetRank(name: string): void {
    this.rankOf(name)?.reset();
  }

  /** Questions that wait in the bulkhead queue. */
  get queueDepth(): number {
    return this.bulkhead.queueDepth;
  }

  /**
   * Generates an answer.
   * @param fit returns the request for a target; undefined when the target cannot take the question and is skipped
   * @throws the signal's reason when the caller has gone; an exceeded deadline is a result
   */
  async generate<R extends GenerationRequest>(
    fit: FitRequest<R>,
    options: FailoverOptions<R>,
  ): Promise<GenerationResult<R>> {
    const { signal, leftMs } = options;
    this.lastAskedAt = this.dependencies.clock.now();
    const endWait = this.watchWait(options);
    const walk = () => {
      endWait();
      return new GenerationFailover(this.dependencies, fit, options).run();
    };
    try {
      return await this.bulkhead.run(walk, signal, leftMs() * WAIT_SHARE);
    } catch (error) {
      const isSpent = signal.aborted && !isCallerGone(signal);
      if (!isSpent && !(error instanceof BulkheadFullError)) throw error;
      return { ok: false, reason: 'overloaded', attempts: [] };
    } finally {
      endWait();
    }
  }

  /**
   * Ends a question's patience when it has waited in the queue for as long as it would for its first target, and the place of
   * an overdue question is one of those that it waits for. A queue that moves is waited in.
   */
  private watchWait<R extends GenerationRequest>({ listener }: FailoverOptions<R>): () => void {
    const { order, clock, overdue } = this.dependencies;
    const ms = order.ranked()[0]?.times.firstTokenPatience.ms ?? Infinity;
    if (ms === Infinity || !listener?.onPatienceOver) return () => undefined;
    const check = () => {
      if (overdue.size > 0) listener.onPatienceOver?.('overloaded', []);
      else cancel = clock.setTimer(check, ms);
    };
    let cancel = clock.setTimer(check, ms);
    return () => cancel();
  }

  /**
   * Makes one call, in its place in the queue, to the first remote target that usually speaks within the deadline: without a
   * hedge, a retry or another target.
   * @returns undefined without such a target, when the call fails, and when the deadline is exceeded
   * @throws the signal's reason when the caller has gone
   */
  async callOnce(
    request: GenerationRequest,
    maxTokens: number,
    { signal, leftMs }: Deadline,
  ): Promise<Generation | undefined> {
    const { order, classify, clock } = this.dependencies;
    const target = order.ranked().find((candidate) => {
      const { isDemoted, firstTokenMs = 0 } = order.rankOf(candidate);
      const isCalled = !candidate.isLocal && candidate.guard.rejection === null && !isDemoted;
      return isCalled && firstTokenMs < leftMs();
    });
    if (!target) return undefined;
    this.lastAskedAt = clock.now();
    const call = new TargetCall(target, clock);
    const run = () => call.run(request, { signal, classify, maxTokens });
    await this.bulkhead.run(run, signal, leftMs() * WAIT_SHARE).catch((error: unknown) => {
      if (!signal.aborted && !(error instanceof BulkheadFullError)) throw error;
    });
    if (isCallerGone(signal)) throw signal.reason;
    return call.result?.ok ? call.result.generation : undefined;
  }

  private rankOf(name: string): TargetRank | undefined {
    const target = this.targets.find(({ guard }) => guard.name === name);
    return target && this.dependencies.order.rankOf(target);
  }
}
