import type { GuardOverride } from './guard-override.ts';

/** An operator's override to be stored. */
export interface OverrideChange extends GuardOverride {
  guard: string;
  /** Milliseconds since it was made, by the clock of the instance that made it. */
  ageMs: number;
}

/** A stored override. `leftMs` is computed by the store's clock. */
export interface StoredOverride {
  guard: string;
  key: string;
  value: unknown;
  leftMs: number | null;
  /** Grows with every write to the store. */
  revision: number;
}

/** An open circuit of this instance. */
export interface OpenCircuit {
  guard: string;
  leftMs: number;
}

/**
 * Stores overrides for all instances, and the open circuits of this one over a restart. Every call may fail and ends with its
 * signal. A drill of the store does not keep overrides from it.
 */
export interface CircuitStore {
  /** Stores an override. Returns its revision, or null when a newer override of the same key is stored. */
  saveOverride(change: OverrideChange, signal: AbortSignal): Promise<number | null>;
  readOverrides(signal: AbortSignal): Promise<StoredOverride[]>;
  /** Stores that a circuit of this instance is open, and for how long. */
  saveOpen(circuit: OpenCircuit, signal: AbortSignal): Promise<void>;
  /** Stores that a circuit of this instance is no longer open. */
  deleteOpen(guard: string, signal: AbortSignal): Promise<void>;
  /** The circuits of this instance that are still open, including those from before a restart. */
  readOpen(signal: AbortSignal): Promise<OpenCircuit[]>;
}

/** Injection token of the store. */
export const CIRCUIT_STORE = Symbol('CIRCUIT_STORE');
