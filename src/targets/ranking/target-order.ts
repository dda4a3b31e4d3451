import { ServiceError } from '../../telemetry/service-error.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import type { GuardedGenerator } from '../generation/generation-target.ts';
import { HedgeBudget } from '../generation/hedge-budget.ts';
import { TargetRank } from './target-rank.ts';

/** How many times slower than a later target a target must be to be demoted. */
const CLEARLY_SLOWER = 2;

/**
 * The order in which targets are called: the configured order, in which a target is demoted when it
 * - is unresponsive: a hedge sent a token first, or its first-token limit was reached;
 * - is clearly slower: its median time to the first token is beyond the hedge delay, and more than twice that of a
 *   remote target behind it;
 * - is failing: five of its last ten calls within a minute failed (which need not open its circuit).
 *
 * It then stands behind all that have their place, for 10 s. After that one call at a time tries it: one that speaks
 * within the hedge delay wins the place back after a silence, three in a row after slowness, three successes in a row
 * after failing. A try that fails doubles the time, up to five minutes; a minute of health makes that forgotten.
 * So the order changes at most once per rest, however the traffic varies.
 */
export class TargetOrder {
  private readonly ranks: Map<GuardedGenerator, TargetRank>;
  private readonly hedges = new HedgeBudget();

  constructor(
    /** As configured, the preferred one first. */
    readonly targets: GuardedGenerator[],
    private readonly hedgeAfterMs: number,
    clock: Clock,
    random: () => number,
  ) {
    this.ranks = new Map(targets.map((target) => [target, new TargetRank(clock, hedgeAfterMs, random)]));
  }

  /** The targets in their current order: demoted ones come last. */
  ranked(): GuardedGenerator[] {
    // A target whose guard rejects costs nothing in its place, and the attempts show it.
    const inPlace = (target: GuardedGenerator) =>
      target.guard.rejection !== null || this.rankOf(target).isEligible;
    return [...this.targets.filter(inPlace), ...this.targets.filter((target) => !inPlace(target))];
  }

  /** Whether a call without a first token may be hedged: always for a target known to hang, otherwise within the budget. */
  allowsHedge(target: GuardedGenerator): boolean {
    const rank = this.rankOf(target);
    if (!rank.isDemoted && !rank.isUnresponsive && !this.hedges.tryTake()) return false;
    rank.isUnresponsive = true;
    return true;
  }

  recordStart(target: GuardedGenerator): void {
    this.rankOf(target).recordStart();
  }

  /** Records the first token, or other activity, of a call started at `startedAt`. */
  recordFirstToken(target: GuardedGenerator, startedAt: number): void {
    this.hedges.recordCall();
    const rank = this.rankOf(target);
    rank.recordFirstToken(startedAt);
    const ownMs = rank.firstTokenMs;
    if (ownMs === undefined || ownMs <= this.hedgeAfterMs || target.isLocal) return;
    if (this.behind(target).some((ms) => ms * CLEARLY_SLOWER < ownMs)) rank.demote('slow');
  }

  /** Records that the target sent no first token in time, or later than a hedge. */
  recordNoFirstToken(target: GuardedGenerator): void {
    this.rankOf(target).demote('silent');
  }

  /** Records the end of a call. `success` is undefined when the end says nothing about the target. */
  recordEnd(target: GuardedGenerator, startedAt: number, success: boolean | undefined): void {
    this.rankOf(target).recordEnd(startedAt, success);
  }

  /** Why a target is demoted and for how long; undefined when it is not demoted. */
  demotion(target: GuardedGenerator): TargetRank['demotion'] {
    return this.rankOf(target).demotion;
  }

  /** Ends a target's demotion. */
  reset(target: GuardedGenerator): void {
    this.rankOf(target).reset();
  }

  /** The usual times to the first token of the remote targets behind this one that could be asked. */
  private behind(target: GuardedGenerator): number[] {
    const others = this.targets.slice(this.targets.indexOf(target) + 1);
    return others.flatMap((other) => {
      const { isDemoted, firstTokenMs } = this.rankOf(other);
      const usable = !other.isLocal && !isDemoted && other.guard.rejection === null;
      return usable && firstTokenMs !== undefined ? [firstTokenMs] : [];
    });
  }

  private rankOf(target: GuardedGenerator): TargetRank {
    const rank = this.ranks.get(target);
    if (!rank) throw new ServiceError('this target is not one of the order');
    return rank;
  }
}
