import { z } from 'zod';
import type { GuardSettings } from '../../config/app-config.ts';
import type { Guard } from '../guard/guard.ts';

/** What an operator decides about a guard, each with a newest value of its own: its mode, its state, one setting. */
export type OverrideKey = 'mode' | 'circuit' | keyof GuardSettings;

/** One decision. A value of null takes the last one back. */
export interface GuardOverride {
  key: OverrideKey;
  value: string | number | null;
  /** How long it still holds; null without an end, 0 or less when it is over. */
  leftMs: number | null;
}

const mode = z.enum(['forced_open', 'forced_closed']).nullable();
const circuit = z.enum(['reset', 'half-open']);
const settings = z.object({
  enabled: z.enum(['true', 'false', 'observe']),
  strategy: z.enum(['consecutive', 'rate', 'count']),
  failThreshold: z.int().positive(),
  openMs: z.number().positive(),
  failureWindowMs: z.number().positive(),
  successThreshold: z.int().positive(),
  halfOpenMaxCalls: z.int().positive(),
}) satisfies z.ZodType<GuardSettings>;

const control = z.object({
  key: z.enum(['mode', 'circuit', ...settings.keyof().options]),
  value: z.union([z.string(), z.number(), z.null()]),
  leftMs: z.number().nullable(),
});

/** A decision as it was stored; undefined when it is none that this version knows. */
export function parseOverride(stored: unknown): GuardOverride | undefined {
  return control.safeParse(stored).data;
}

/**
 * Makes a guard follow a decision; one that it does not understand moves nothing.
 * @param configured the guard's settings by the environment, for a setting that is taken back
 */
export function applyOverride(
  guard: Guard,
  { key, value, leftMs }: GuardOverride,
  configured: GuardSettings,
): void {
  const isOver = leftMs !== null && leftMs <= 0;
  if (key === 'mode') {
    const wanted = mode.safeParse(isOver ? null : value);
    if (!wanted.success) return;
    if (wanted.data === null || leftMs === null) guard.release();
    else guard.force(wanted.data, leftMs);
  } else if (key === 'circuit') {
    const wanted = circuit.safeParse(value);
    if (!wanted.success || isOver) return;
    if (wanted.data === 'reset') guard.reset();
    else guard.startTrials();
  } else {
    const change = settings.partial().safeParse({ [key]: value ?? configured[key] });
    if (change.success) guard.configure(change.data as Partial<GuardSettings>);
  }
}
