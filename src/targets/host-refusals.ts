import type { Classify, ErrorType, Verdict } from '../resilience/guard/outcome.ts';

/** A text that every host embeds that works at all. */
export const CHECK_TEXT = 'ping';

const REFUSALS = new Set<ErrorType>(['invalid_request', 'content_refused']);

/** Tells the refusal of a text from that of every text, which is a failure of the host. */
export class HostRefusals {
  /** Errors of hosts that refused the check text, too. */
  private readonly ofEveryText = new WeakSet<object>();

  constructor(private readonly classifyError: Classify) {}

  /** Whether the error refuses what was sent. */
  isRefusal(error: unknown): boolean {
    return REFUSALS.has(this.classifyError(error).errorType);
  }

  /** Marks the error of a host that refuses every text, and returns it. */
  blameHost(error: unknown): unknown {
    if (typeof error === 'object' && error !== null) this.ofEveryText.add(error);
    return error;
  }

  classify(error: unknown): Verdict {
    const verdict = this.classifyError(error);
    const isOfEveryText = this.ofEveryText.has(Object(error)) && this.isRefusal(error);
    return isOfEveryText ? { ...verdict, outcome: 'failure', nextTarget: true } : verdict;
  }
}
