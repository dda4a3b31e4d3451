import type { Clock } from '../time/clock.ts';

interface Call {
  at: number;
  failed: boolean;
}

/** The most calls kept. Raising it costs memory; lowering it below a window's calls would make `rate` count too few. */
const MAX_CALLS = 10_000;

/**
 * The outcomes of the latest calls, for every trip strategy. They are kept when strategy or thresholds change.
 * Every count is limited by time, so that idle gaps are forgotten too.
 */
export class SlidingWindow {
  private calls: Call[] = [];
  /** The window counted last, the index in `calls` where it starts, and its failures. */
  private window = { ms: 0, start: 0, failures: 0 };

  constructor(private readonly clock: Clock) {}

  add(failed: boolean): void {
    this.calls.push({ at: this.clock.now(), failed });
    if (failed) this.window.failures++;
    if (this.calls.length >= 2 * MAX_CALLS) this.drop(this.calls.length - MAX_CALLS);
  }

  /** Failures since the last success within `windowMs`, at most `limit`. */
  consecutiveFailures(windowMs: number, limit: number): number {
    const since = this.clock.now() - windowMs;
    const isFailure = (call: Call | undefined) => call?.failed === true && call.at > since;
    let count = 0;
    while (count < limit && isFailure(this.fromEnd(count))) count++;
    return count;
  }

  /** Failures among the last `limit` calls within `windowMs`. */
  failuresAmong(limit: number, windowMs: number): number {
    const since = this.clock.now() - windowMs;
    let failures = 0;
    for (let index = 0; index < limit; index++) {
      const call = this.fromEnd(index);
      if (!call || call.at <= since) break;
      if (call.failed) failures++;
    }
    return failures;
  }

  /** Calls and failures within `windowMs`, at most the last 10,000. */
  count(windowMs: number): { calls: number; failures: number } {
    if (this.window.ms !== windowMs)
      this.window = { ms: windowMs, start: 0, failures: this.calls.filter(({ failed }) => failed).length };
    const since = this.clock.now() - windowMs;
    const { window, calls } = this;
    const isOutside = (call: Call | undefined) =>
      call !== undefined && (call.at <= since || calls.length - window.start > MAX_CALLS);
    while (isOutside(calls[window.start])) {
      if (calls[window.start]?.failed) window.failures--;
      window.start++;
    }
    return { calls: calls.length - window.start, failures: window.failures };
  }

  clear(): void {
    this.drop(this.calls.length);
  }

  private fromEnd(index: number): Call | undefined {
    return this.calls[this.calls.length - 1 - index];
  }

  private drop(count: number): void {
    this.calls = this.calls.slice(count);
    this.window = { ms: 0, start: 0, failures: 0 };
  }
}
