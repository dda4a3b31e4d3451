import { z } from 'zod';
import type { GuardSettings } from '../../config/app-config.ts';
import { TRIP_STRATEGIES } from '../../config/env.ts';
import { decodeDrill } from '../drills/drill.ts';
import type { Guard } from '../guard/guard.ts';

/**
 * What an override can set on a guard: its mode, its circuit's state, what its service was found to need, a drill, or one
 * setting. The newest value of each key wins.
 */
type OverrideKey = 'mode' | 'circuit' | 'needs' | 'drill' | keyof GuardSettings;

/** An override of one property of a guard: an operator's, or what was learnt of its service. A value of null removes it. */
export interface GuardOverride {
  key: OverrideKey;
  value: string | number | null;
  /** Milliseconds until it expires; null when it does not expire, 0 or less when it has. */
  leftMs: number | null;
}

const mode = z.enum(['forced_open', 'forced_closed']).nullable();
const circuit = z.enum(['reset', 'half-open']);
const settings = z.object({
  enabled: z.enum(['true', 'false', 'observe']),
  strategy: z.enum(TRIP_STRATEGIES),
  failThreshold: z.int().positive(),
  openMs: z.number().positive(),
  failureWindowMs: z.number().positive(),
  successThreshold: z.int().positive(),
  halfOpenMaxCalls: z.int().positive(),
}) satisfies z.ZodType<GuardSettings>;

const control = z.object({
  key: z.enum(['mode', 'circuit', 'needs', 'drill', ...settings.keyof().options]),
  value: z.union([z.string(), z.number(), z.null()]),
  leftMs: z.number().nullable(),
});

/** Parses a stored override; undefined when this version does not know it. */
export function parseOverride(stored: unknown): GuardOverride | undefined {
  return control.safeParse(stored).data;
}

/**
 * Applies an override to a guard. An unknown value changes nothing.
 * @param configured the guard's settings from the environment, to which a removed override falls back
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
  } else if (key === 'needs') {
    if (typeof value === 'string') guard.learnt.restore(value);
    else guard.learnt.forget();
  } else if (key === 'drill') {
    const drill = decodeDrill(value);
    if (drill && leftMs !== null && !isOver) guard.injection.begin(drill, leftMs);
    else if (value === null) guard.injection.end('ended');
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
