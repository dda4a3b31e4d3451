import type { Admission } from '../circuit/circuit.ts';
import type { Classify } from './outcome.ts';

/** How one call is made. */
export interface CallOptions {
  /** The caller's: its abort ends the call, unless the call is a half-open trial. */
  signal?: AbortSignal | undefined;
  /** The whole attempt's limit in milliseconds; without one the call limits itself. */
  timeoutMs?: number | undefined;
  classify: Classify;
  /** Called when the guard lets the call through. */
  onStart?: (() => void) | undefined;
  /** The call carries or records operators' decisions: while a drill is felt, it is made past the guard and the fault. */
  isControl?: boolean | undefined;
}

/** The right to make one call to the guarded service, to be settled exactly once. */
export interface Permit {
  /** Undefined when the circuit was not asked. */
  admission: Admission | undefined;
  startedAt: number;
  isSettled: boolean;
}

/** A guarded call. A long one says with `onSpeech` at each token that the service is answering. */
export type GuardedCall<T> = (signal: AbortSignal, onSpeech: () => void) => Promise<T>;
