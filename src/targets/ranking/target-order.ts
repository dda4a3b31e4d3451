import { ServiceError } from '../../telemetry/service-error.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import type { GuardedGenerator } from '../generation/generation-target.ts';
import { TargetRank } from './target-rank.ts';

/** How many times slower than a later target a target must be to be demoted. */
const CLEARLY_SLOWER = 2;
/** Calls per hedge. Lowering it allows more hedges and more load on the targets. */
const CALLS_PER_HEDGE = 10;
/** The most hedges saved up, for a fast target that suddenly hangs more than once. */
const MAX_SAVED = 3;

/**
 * The order in which targets are called: the configured order, in which a target is demoted when it
 * - is unresponsive: a hedge sent a token first, or its first-token limit was reached;
 * - is slow: its median time to the first token is beyond the hedge delay, and more than twice that of a remote target
 *   behind it, or it used up its share of a question's time;
 * - is failing: five of its last ten calls within a minute failed (which need not open its circuit);
 * - is refusing: it refused three different questions in a row for one cause.
 *
 * A demoted target comes last for 10 s. After that one call at a time tries it. The demotion ends with one first token
 * within the hedge delay after no response, with three after slowness, with three successes after failures, and with
 * one success or a good probe after refusals. A try that fails doubles the time, up to five minutes; a minute of health
 * after a recovery resets the time. So the order changes at most once per cooldown, however the traffic varies.
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

  /** @throws ServiceError for a target that is not one of the order */
  rankOf(target: GuardedGenerator): TargetRank {
    const rank = this.ranks.get(target);
    if (!rank) throw new ServiceError('this target is not one of the order');
    return rank;
  }

  /** Whether a call without a first token may be hedged: always for a target known to hang, otherwise within the budget. */
  allowsHedge(target: GuardedGenerator): boolean {
    const rank = this.rankOf(target);
    if (!rank.isDemoted && !rank.isUnresponsive && !this.hedges.tryTake()) return false;
    rank.isUnresponsive = true;
    return true;
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

  /** The usual times to the first token of the remote targets behind this one that could be asked. */
  private behind(target: GuardedGenerator): number[] {
    const others = this.targets.slice(this.targets.indexOf(target) + 1);
    return others.flatMap((other) => {
      const { isDemoted, firstTokenMs } = this.rankOf(other);
      const usable = !other.isLocal && !isDemoted && other.guard.rejection === null;
      return usable && firstTokenMs !== undefined ? [firstTokenMs] : [];
    });
  }
}

/** Limits hedges of healthy targets to one per ten calls, with three at the start. */
class HedgeBudget {
  private saved = MAX_SAVED * CALLS_PER_HEDGE;

  recordCall(): void {
    this.saved = Math.min(this.saved + 1, MAX_SAVED * CALLS_PER_HEDGE);
  }

  /** Takes one hedge from the budget; false when it is used up. */
  tryTake(): boolean {
    if (this.saved < CALLS_PER_HEDGE) return false;
    this.saved -= CALLS_PER_HEDGE;
    return true;
  }
}
