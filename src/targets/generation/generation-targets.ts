import { isCallerGone } from '../../resilience/time/deadline.ts';
import { Bulkhead, BulkheadFullError, type BulkheadLimits } from '../../resilience/limits/bulkhead.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import type { Classify } from '../../resilience/guard/outcome.ts';
import type { ProbeSubject } from '../../resilience/guard/prober.ts';
import { RetryBudget } from '../../resilience/limits/retry-budget.ts';
import { latchTargetsWithSameKey } from './shared-credentials.ts';
import { rejectionOutcome, rejectionReason } from './call-result.ts';
import type { GuardedGenerator } from './generation-target.ts';
import {
  GenerationFailover,
  type FitRequest,
  type FailoverOptions,
  type FailoverDependencies,
  type FailoverPolicy,
} from './failover.ts';
import type {
  FallbackReason,
  Generation,
  GenerationAttempt,
  GenerationRequest,
} from '../../models/generation.ts';
import { probeGenerator } from '../probes.ts';
import { TargetOrder } from '../ranking/target-order.ts';

/** What came of a question; `attempts` tells the story either way, `request` is what the target was asked. */
export type GenerationResult<R extends GenerationRequest = GenerationRequest> =
  | (Generation & {
      ok: true;
      target: string;
      /** Whether the usual target did not answer, and whether the one that did is in this process. */
      isBackup: boolean;
      isLocal: boolean;
      request: R;
      attempts: GenerationAttempt[];
    })
  | GenerationUnavailable;

/** Why a question was not answered. */
export interface GenerationUnavailable {
  ok: false;
  reason: FallbackReason;
  attempts: GenerationAttempt[];
}

/** How questions are generated. */
export interface GenerationPolicy extends FailoverPolicy, BulkheadLimits {}

/** Share of the time left that a question may spend in the queue. */
const WAIT_SHARE = 0.5;

/** Asks the generation targets, each behind its own guard, until one answers. */
export class GenerationTargets {
  private readonly parts: FailoverDependencies;
  private readonly bulkhead: Bulkhead;

  constructor(
    private readonly targets: GuardedGenerator[],
    classify: Classify,
    clock: Clock,
    policy: GenerationPolicy,
    random: () => number = Math.random,
  ) {
    const order = new TargetOrder(targets, policy.hedgeAfterMs, clock, random);
    const budget = new RetryBudget(clock);
    const onBadCredentials = (target: GuardedGenerator, holdMs: number) =>
      latchTargetsWithSameKey(targets, target, holdMs);
    this.parts = { order, budget, policy, classify, clock, random, onBadCredentials };
    this.bulkhead = new Bulkhead(policy, clock);
  }

  /** What active probes ask: the targets that are reached over the network. */
  probeSubjects(limitMs: number): ProbeSubject[] {
    const { classify } = this.parts;
    return this.targets
      .filter(({ isLocal }) => !isLocal)
      .map(({ guard, generator }) => {
        return { guard, limitMs, classify, probe: (signal) => probeGenerator(generator, signal) };
      });
  }

  /** What would come of a question now, when no target would be asked; null when one would be. */
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

  /** Milliseconds until the first target may be asked again; 0 when one may be now. */
  get retryAfterMs(): number {
    return Math.min(...this.targets.map(({ guard }) => guard.retryAfterMs));
  }

  /** By name, the targets that stand behind the others for now, why, and the milliseconds until they are tried again. */
  get demotedTargets(): Map<string, NonNullable<ReturnType<TargetOrder['demotion']>>> {
    const { order } = this.parts;
    const lost = this.targets.map((target) => [target.guard.name, order.demotion(target)] as const);
    return new Map(lost.flatMap(([name, loss]) => (loss ? [[name, loss]] : [])));
  }

  /** Gives the target of that name its place again, as if nothing had been seen of it. */
  resetRank(name: string): void {
    const target = this.targets.find(({ guard }) => guard.name === name);
    if (target) this.parts.order.reset(target);
  }

  /** Questions that wait for one under way to end. */
  get queueDepth(): number {
    return this.bulkhead.queueDepth;
  }

  /**
   * Generates an answer.
   * @param fit makes the request for a target, or undefined when the target cannot take the question: it is skipped
   * @throws the signal's reason when the caller has gone; a spent deadline is a result, not a throw
   */
  async generate<R extends GenerationRequest>(
    fit: FitRequest<R>,
    options: FailoverOptions,
  ): Promise<GenerationResult<R>> {
    const { signal, leftMs } = options;
    const walk = () => new GenerationFailover(this.parts, fit, options).run();
    try {
      const result = await this.bulkhead.run(walk, signal, leftMs() * WAIT_SHARE);
      if (!result.ok) return result;
      const { target, ...rest } = result;
      return { ...rest, target: target.guard.name, isLocal: target.isLocal };
    } catch (error) {
      const isSpent = signal.aborted && !isCallerGone(signal);
      if (!isSpent && !(error instanceof BulkheadFullError)) throw error;
      return { ok: false, reason: 'overloaded', attempts: [] };
    }
  }
}
