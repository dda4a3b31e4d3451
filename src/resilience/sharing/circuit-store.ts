import type { GuardOverride } from './guard-override.ts';

/** A decision of an operator on its way into the store. */
export interface OverrideChange extends GuardOverride {
  guard: string;
  /** How long ago it was made, by the clock of the instance that made it. */
  ageMs: number;
}

/** What the store holds of a decision; `leftMs` is computed by the store's clock. */
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

/** What survives a restart, and what every instance follows. Every call may fail, and ends with its signal. */
export interface CircuitStore {
  /** Stores a decision; its revision, or null when a newer one about the same was there. */
  saveOverride(change: OverrideChange, signal: AbortSignal): Promise<number | null>;
  readOverrides(signal: AbortSignal): Promise<StoredOverride[]>;
  /** Stores that a circuit of this instance is open for so long. */
  saveOpen(circuit: OpenCircuit, signal: AbortSignal): Promise<void>;
  /** Stores that a circuit of this instance is open no more. */
  deleteOpen(guard: string, signal: AbortSignal): Promise<void>;
  /** The circuits of this instance that still have open time left, also from before a restart. */
  readOpen(signal: AbortSignal): Promise<OpenCircuit[]>;
}

/** Injection token of the store. */
export const CIRCUIT_STORE = Symbol('CIRCUIT_STORE');
