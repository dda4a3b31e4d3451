import type { Clock } from '../../resilience/time/clock.ts';
import type { GuardedGenerator } from './generation-target.ts';
import { TargetCall } from './target-call.ts';

/** What a hedged call needs from the failover. */
export interface HedgePlan {
  clock: Clock;
  /** Milliseconds without a first token after which another target is called too. */
  hedgeAfterMs: number;
  hasMoreTargets(): boolean;
  /** Returns the target to call beside one without a first token, if there is one. */
  nextHedge(silent: GuardedGenerator): GuardedGenerator | undefined;
  /** Runs a call to its end; `onFirstToken` is called at its first sign of life. */
  run(call: TargetCall, onFirstToken: () => void): Promise<void>;
  /** Called for a call that was aborted although it started before the winner. */
  onNoFirstToken(call: TargetCall): void;
}

/** A hedged call: while no target sends a token, further ones are called too. The first to send one wins. */
export class HedgedCall {
  private readonly running = new Set<TargetCall>();
  private winner: TargetCall | undefined;
  /** The first failed call after which no other target may be called. */
  private refused: TargetCall | undefined;
  private cancelTimer: () => void = () => undefined;
  private readonly outcome = Promise.withResolvers<TargetCall>();

  constructor(private readonly plan: HedgePlan) {}

  /**
   * Resolves with the call that decides: the one that succeeded, else one after which no other target would be asked, else
   * the last that failed.
   * @throws what the plan threw, which is a fault of this service, when no other call is left
   */
  async run(first: GuardedGenerator): Promise<TargetCall> {
    try {
      this.start(first);
      return await this.outcome.promise;
    } finally {
      this.cancelTimer();
    }
  }

  private start(target: GuardedGenerator): void {
    const call = new TargetCall(target, this.plan.clock);
    this.running.add(call);
    this.cancelTimer();
    const { clock, hedgeAfterMs, hasMoreTargets } = this.plan;
    if (hasMoreTargets()) this.cancelTimer = clock.setTimer(() => this.hedge(target), hedgeAfterMs);
    this.plan
      .run(call, () => this.selectWinner(call))
      .then(() => this.removeCall(call))
      .catch((error: unknown) => this.fail(call, error));
  }

  /** Called by a timer, where nobody would catch an error. */
  private hedge(silent: GuardedGenerator): void {
    try {
      const next = this.plan.nextHedge(silent);
      if (next) this.start(next);
    } catch {
      // The call under way goes on alone. The fault is thrown when it is the other target's turn.
    }
  }

  /** The other calls go on; the last one ends the question with the error. */
  private fail(call: TargetCall, error: unknown): void {
    this.running.delete(call);
    call.abort();
    if (this.running.size > 0) return;
    this.cancelTimer();
    this.outcome.reject(error);
  }

  private selectWinner(winner: TargetCall): void {
    if (this.winner || !this.running.has(winner)) return;
    this.winner = winner;
    this.cancelTimer();
    let isEarlier = true;
    for (const call of this.running) {
      if (call === winner) isEarlier = false;
      else if (isEarlier) this.plan.onNoFirstToken(call);
    }
    this.abortOthers(winner);
  }

  private removeCall(call: TargetCall): void {
    if (!this.running.delete(call)) return;
    const { result } = call;
    if (result && !result.ok && !result.nextTarget) {
      this.refused ??= call;
      this.cancelTimer();
    }
    // A call that refuses the question says nothing about the calls beside it.
    if (!result?.ok && this.running.size > 0) return;
    this.abortOthers(call);
    this.outcome.resolve(result?.ok ? call : (this.refused ?? call));
  }

  private abortOthers(kept: TargetCall): void {
    for (const call of this.running) {
      if (call === kept) continue;
      this.running.delete(call);
      call.abort();
    }
  }
}
