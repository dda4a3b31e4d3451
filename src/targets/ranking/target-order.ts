import { ServiceError } from '../../telemetry/service-error.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import type { GuardedGenerator } from '../generation/generation-target.ts';
import { HedgeBudget } from '../generation/hedge-budget.ts';
import { TargetRank } from './target-rank.ts';

/** How many times slower than another a target must be to lose its place. */
const CLEARLY_SLOWER = 2;

/**
 * The order in which targets are asked: the configured one, in which a target loses its place when it
 * - was silent: a hedge spoke before it, or its first-token limit fired;
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

  /** The targets in the order of the moment. */
  ranked(): GuardedGenerator[] {
    // One that its guard refuses costs nothing where it stands, and the attempts tell of it.
    const inPlace = (target: GuardedGenerator) =>
      target.guard.rejection !== null || this.rankOf(target).isEligible;
    return [...this.targets.filter(inPlace), ...this.targets.filter((target) => !inPlace(target))];
  }

  /** Whether a call to this target that is silent may be hedged: within the budget, unless the target has shown that it hangs. */
  allowsHedge(target: GuardedGenerator): boolean {
    const rank = this.rankOf(target);
    if (!rank.isDemoted && !rank.isSilent && !this.hedges.tryTake()) return false;
    rank.isSilent = true;
    return true;
  }

  recordStart(target: GuardedGenerator): void {
    this.rankOf(target).recordStart();
  }

  /** Notes the first sign of life of a call that began at `startedAt`. */
  recordFirstToken(target: GuardedGenerator, startedAt: number): void {
    this.hedges.recordCall();
    const rank = this.rankOf(target);
    rank.recordFirstToken(startedAt);
    const ownMs = rank.firstTokenMs;
    if (ownMs === undefined || ownMs <= this.hedgeAfterMs || target.isLocal) return;
    if (this.behind(target).some((ms) => ms * CLEARLY_SLOWER < ownMs)) rank.demote('slow');
  }

  /** Notes that others spoke before it, or that it never did. */
  recordNoFirstToken(target: GuardedGenerator): void {
    this.rankOf(target).demote('silent');
  }

  /** Notes the end of a call; `success` is undefined when it shows nothing of the target. */
  recordEnd(target: GuardedGenerator, startedAt: number, success: boolean | undefined): void {
    this.rankOf(target).recordEnd(startedAt, success);
  }

  /** Why a target has lost its place, and for how long it rests; undefined when it has it. */
  demotion(target: GuardedGenerator): TargetRank['demotion'] {
    return this.rankOf(target).demotion;
  }

  /** Gives a target its place again. */
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
