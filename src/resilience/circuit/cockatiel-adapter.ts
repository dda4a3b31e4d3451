import { type CircuitBreakerPolicy, circuitBreaker, CircuitState, handleAll } from 'cockatiel';

/** What the transitions of a circuit depend on. */
export interface TransitionOptions {
  /** Whether the circuit begins open, so that the next outcome is that of a trial. */
  isOpen: boolean;
  /** Successful trials that close the circuit. */
  successThreshold: number;
  /** Records a success of a closed circuit. */
  recordSuccess: () => void;
  /** Records a failure. Returns whether a closed circuit opens. */
  recordFailure: () => boolean;
  onTransition: (to: 'open' | 'closed') => void;
}

/** Decides by Cockatiel's policy when a circuit opens and closes. No other file imports Cockatiel (decision 1). */
export class TransitionPolicy {
  private readonly policy: CircuitBreakerPolicy;

  constructor({ isOpen, successThreshold, recordSuccess, recordFailure, onTransition }: TransitionOptions) {
    this.policy = circuitBreaker(handleAll, {
      breaker: {
        // Cockatiel reads this to serialise a policy. The circuit's history outlives its policies.
        state: null,
        success: (state) => {
          if (state === CircuitState.Closed) recordSuccess();
        },
        failure: recordFailure,
      },
      // The circuit times the open period on the monotonic clock. Cockatiel compares wall-clock times: with 0,
      // a wall clock that is set back would make it reject the outcome of a trial.
      halfOpenAfter: Number.NEGATIVE_INFINITY,
      halfOpenSampling: { calls: successThreshold, threshold: 0 },
      ...(isOpen && { initialState: OPEN }),
    });
    this.policy.onBreak(() => onTransition('open'));
    this.policy.onReset(() => onTransition('closed'));
  }

  /**
   * Reports an outcome that counts. Resolves when the transition, if there is one, was passed to `onTransition`. Never
   * rejects.
   */
  report(isSuccess: boolean): Promise<unknown> {
    const settle = () => (isSuccess ? undefined : Promise.reject(FAILED));
    // The policy rejects with the error that it was given.
    return this.policy.execute(settle).catch(() => undefined);
  }
}

/** The state of a policy that is open and takes the next outcome as that of a trial. */
const OPEN = {
  ownState: { value: CircuitState.Open, openedAt: 0, attemptNo: 1 },
  breakerState: null,
};
/** Given to Cockatiel instead of the real error, which may contain private text. */
const FAILED = new Error('failed');
