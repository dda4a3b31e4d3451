import type { Clock } from '../../resilience/time/clock.ts';
import type { TargetCall } from './target-call.ts';
import type { TokenPatience, TokenTimes } from './token-times.ts';

/** The least patience with a target that was waited for in vain before. Lowered, a target that has just recovered is not waited for. */
const LEAST_MS = 500;

/** What patience depends on. */
export interface PatienceOptions {
  clock: Clock;
  /** Milliseconds for which the question has waited in vain before. */
  waitedMs: number;
  /** Whether another target could answer now. */
  hasAlternative: () => boolean;
  /** Called when nobody should wait longer; may be called more than once. */
  onOver: () => void;
}

/** Follows one call: `noteToken` at each token or other activity, `end` at its end. */
export interface PatientCall {
  noteToken(): void;
  end(): void;
}

/**
 * Ends a question's patience when every call under way is overdue and no other target could be called. While another one
 * could, an overdue call is timed out, so that the other one is called, provided that the target's usual times are known.
 */
export class Patience {
  /** The calls under way, and whether each is overdue. */
  private readonly calls = new Map<TargetCall, boolean>();

  constructor(private readonly options: PatienceOptions) {}

  /** Follows a call from its start. */
  watch(call: TargetCall, times: TokenTimes): PatientCall {
    const { clock } = this.options;
    const gap = times.gapPatience;
    let patience = this.lessWaited(times.firstTokenPatience);
    let since = clock.now();
    let hasSpoken = false;
    let isEnded = false;
    const check = () => {
      const leftMs = patience.ms - (clock.now() - since);
      // A timer for each token would cost more than the token.
      if (leftMs > 0) return void (cancel = clock.setTimer(check, leftMs));
      if (this.options.hasAlternative()) {
        if (patience.isUsual) return call.timeOut();
        // Nobody knows yet that this is not what the target always does.
        return void (cancel = clock.setTimer(check, patience.ms));
      }
      this.calls.set(call, true);
      this.checkAll();
    };
    const start = () => (patience.ms === Infinity ? () => undefined : clock.setTimer(check, patience.ms));
    let cancel = start();
    this.calls.set(call, false);
    return {
      noteToken: () => {
        // A half-open trial goes on without its question.
        if (isEnded) return;
        const now = clock.now();
        if (hasSpoken) times.recordGap(now - since);
        else times.recordFirstToken(now - since);
        const isChecked = hasSpoken && !this.calls.get(call);
        since = now;
        hasSpoken = true;
        patience = gap;
        this.calls.set(call, false);
        if (isChecked) return;
        cancel();
        cancel = start();
      },
      end: () => {
        isEnded = true;
        cancel();
        this.calls.delete(call);
        this.checkAll();
      },
    };
  }

  private lessWaited({ ms, isUsual }: TokenPatience): TokenPatience {
    return { ms: Math.max(ms - this.options.waitedMs, Math.min(ms, LEAST_MS)), isUsual };
  }

  private checkAll(): void {
    const isOver = this.calls.size > 0 && [...this.calls.values()].every((isOverdue) => isOverdue);
    if (isOver) this.options.onOver();
  }
}
