import type { z } from 'zod';
import type { GuardSettings } from './app-config.ts';
import type { breakerVariables } from './env.ts';

/** The parsed circuit breaker variables, without their prefix. */
export type BreakerValues = z.infer<z.ZodObject<typeof breakerVariables>>;

type Variable = keyof BreakerValues;

const settingOf: Record<Variable, keyof GuardSettings> = {
  ENABLED: 'enabled',
  STRATEGY: 'strategy',
  FAIL_THRESHOLD: 'failThreshold',
  TIMEOUT_SECONDS: 'openMs',
  RESET_TIMEOUT: 'failureWindowMs',
  SUCCESS_THRESHOLD: 'successThreshold',
  HALF_OPEN_MAX_CALLS: 'halfOpenMaxCalls',
};

const SECONDS: readonly string[] = ['TIMEOUT_SECONDS', 'RESET_TIMEOUT'] satisfies Variable[];

/** Some of these values. Null removes a value. */
export type BreakerChanges = { [V in Variable]?: BreakerValues[V] | null };

/** Some settings. Null removes a setting. */
export type SettingsChanges = { [S in keyof GuardSettings]?: GuardSettings[S] | null };

/** Converts variables to settings. */
export function toGuardSettings(values: BreakerValues): GuardSettings;
export function toGuardSettings(values: Partial<BreakerValues>): Partial<GuardSettings>;
export function toGuardSettings(values: BreakerChanges): SettingsChanges;
export function toGuardSettings(values: BreakerChanges): SettingsChanges {
  const settings = Object.entries(values).map(([variable, value]) => [
    settingOf[variable as Variable],
    value !== null && SECONDS.includes(variable) ? Number(value) * 1_000 : value,
  ]);
  return Object.fromEntries(settings) as SettingsChanges;
}

/** Converts settings to variables. */
export function toBreakerValues(settings: GuardSettings): BreakerValues {
  const values = Object.entries(settingOf).map(([variable, setting]) => [
    variable,
    SECONDS.includes(variable) ? Number(settings[setting]) / 1_000 : settings[setting],
  ]);
  return Object.fromEntries(values) as BreakerValues;
}
