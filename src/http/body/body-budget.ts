import { AppError } from '../app-error.ts';

/** The most bytes that bodies may take in the memory. */
export interface BodyLimits {
  /** All bodies together. Raised, uploads take more of the memory: once parsed, a body takes some three times its size. */
  total: number;
  /** The bodies of one caller. Lower than `total`, so that one caller cannot keep all others out. */
  perCaller: number;
  /** What of both is left for bodies of at most `smallBytes`, so that uploads never keep a question out. */
  reserve: number;
  smallBytes: number;
}

/** Seconds after which a refused caller may try again. Most uploads are stored by then. */
const RETRY_AFTER_SECONDS = 5;

/** The memory of all request bodies, from before the first byte is read until the response is sent. */
export class BodyBudget {
  private taken = 0;
  private readonly callers = new Map<string, number>();

  constructor(private readonly limits: BodyLimits) {}

  /** Starts the claim of one body, which takes nothing yet. It must be released. */
  open(caller: string): BodyClaim {
    let claimed = 0;
    return {
      grow: (bytes) => {
        this.take(caller, bytes, claimed + bytes);
        claimed += bytes;
      },
      release: () => {
        this.give(caller, claimed);
        claimed = 0;
      },
    };
  }

  private take(caller: string, bytes: number, size: number): void {
    const { total, perCaller, reserve, smallBytes } = this.limits;
    const reserved = size > smallBytes ? reserve : 0;
    const own = (this.callers.get(caller) ?? 0) + bytes;
    if (own > perCaller - reserved)
      throw new AppError('too_many_requests', { retryAfterSeconds: RETRY_AFTER_SECONDS });
    if (this.taken + bytes > total - reserved)
      throw new AppError('overloaded', { retryAfterSeconds: RETRY_AFTER_SECONDS });
    this.taken += bytes;
    this.callers.set(caller, own);
  }

  private give(caller: string, bytes: number): void {
    this.taken -= bytes;
    const left = (this.callers.get(caller) ?? 0) - bytes;
    if (left > 0) this.callers.set(caller, left);
    else this.callers.delete(caller);
  }
}

/** The part of the budget that one body has. */
export interface BodyClaim {
  /** Claims further bytes. @throws AppError `too_many_requests` or `overloaded`, and then claims nothing */
  grow(bytes: number): void;
  /** Gives everything back. A second call does nothing. */
  release(): void;
}
