import { RecentLatency } from '../../resilience/health/recent-latency.ts';
import type { Clock } from '../../resilience/time/clock.ts';

/** How many times its p99 a target is waited for. Raised, users wait longer for a target that hangs. */
const PATIENCE_FACTOR = { firstToken: 4, gap: 10 };
/** The least patience in milliseconds. Lowered, an ordinary pause of a fast target is answered around. */
const LEAST_MS = 2_000;
/** The patience for a first token while fewer calls are known than tell what is usual. */
const UNKNOWN_MS = 4_000;
const LEAST_CALLS = 20;

/** The bounds of patience in milliseconds. */
export interface PatienceLimits {
  /** A fixed patience; undefined to follow what the target usually does. */
  patienceMs: number | undefined;
  firstTokenTimeoutMs: number;
  idleTimeoutMs: number;
}

/**
 * How long a question waits for a target, in milliseconds, and whether that follows from what the target usually does. Infinite
 * where the target's own time limit comes first.
 */
export interface TokenPatience {
  ms: number;
  isUsual: boolean;
}

/** How long a target usually takes to its first token, and between two, over the last hour; and how long it is waited for. */
export class TokenTimes {
  private readonly firstTokens: RecentLatency;
  private readonly gaps: RecentLatency;

  constructor(
    clock: Clock,
    private readonly limits: PatienceLimits,
    /** Whether calls are as usual now. Those that are not are not recorded. */
    private readonly isUsual: () => boolean = () => true,
  ) {
    this.firstTokens = new RecentLatency(clock);
    this.gaps = new RecentLatency(clock);
  }

  recordFirstToken(ms: number): void {
    if (this.isUsual()) this.firstTokens.add(ms);
  }

  recordGap(ms: number): void {
    if (this.isUsual()) this.gaps.add(ms);
  }

  /** The p99 to the first token in milliseconds; null when no call is known. */
  get firstTokenP99Ms(): number | null {
    return this.firstTokens.p99;
  }

  /** How long a question waits for the first token. */
  get firstTokenPatience(): TokenPatience {
    return this.patience(
      this.firstTokens,
      PATIENCE_FACTOR.firstToken,
      UNKNOWN_MS,
      this.limits.firstTokenTimeoutMs,
    );
  }

  /** How long a question waits for the next token. */
  get gapPatience(): TokenPatience {
    return this.patience(this.gaps, PATIENCE_FACTOR.gap, LEAST_MS, this.limits.idleTimeoutMs);
  }

  private patience(times: RecentLatency, factor: number, unknownMs: number, mostMs: number): TokenPatience {
    const { patienceMs } = this.limits;
    const bound = (ms: number) => (ms < mostMs ? ms : Infinity);
    if (patienceMs !== undefined) return { ms: bound(patienceMs), isUsual: false };
    const isUsual = times.count >= LEAST_CALLS;
    const usual = isUsual ? Math.max(LEAST_MS, factor * (times.p99 ?? 0)) : unknownMs;
    return { ms: bound(usual), isUsual };
  }
}
