import { z } from 'zod';
import { breakerVariables } from '../config/env.ts';
import type { BreakerChanges } from '../config/guard-variables.ts';
import { DRILL_FAULTS, MAX_DRILL_SECONDS } from '../resilience/drills/drill.ts';
import { circuitStateSchema } from '../resilience/guard/guard-snapshot.ts';
import { storableText } from '../schemas/fields.ts';

/** Duration of a forced state without `ttl_seconds`. */
export const DEFAULT_TTL_SECONDS = 900;
const MAX_TTL_SECONDS = 86_400;
const DEFAULT_DRILL_SECONDS = 300;
const MAX_REASON = 500;
const MAX_NAME = 200;
const MAX_CHANGES = 1_000;
/** The end of the year 9999. */
const MAX_EPOCH_SECONDS = 253_402_300_799;

const reason = storableText(z.string().trim().min(1).max(MAX_REASON))
  .optional()
  .describe('For the audit trail');

const isForced = (state: string) => state === 'open' || state === 'closed';

/** The body of `POST …/force-state`. */
export const forceSchema = z
  .strictObject({
    state: z
      .enum([...circuitStateSchema.options, 'auto'])
      .describe(
        '`open` rejects every call, `closed` admits every call, `half-open` admits trial calls now, `auto` ends a forced state',
      ),
    ttl_seconds: z
      .int()
      .min(1)
      .max(MAX_TTL_SECONDS)
      .optional()
      .describe(`${DEFAULT_TTL_SECONDS} by default; with \`open\` and \`closed\` alone`),
    reason,
  })
  .refine(({ state, ttl_seconds }) => isForced(state) || ttl_seconds === undefined, {
    path: ['ttl_seconds'],
    message: 'ttl_seconds cannot be used with half-open and auto',
  });
export type ForceBody = z.infer<typeof forceSchema>;

/** The body of `POST /admin/drills`. */
export const drillSchema = z.strictObject({
  guard: z.string().max(MAX_NAME).describe('The name of a guard'),
  fault: z.enum(DRILL_FAULTS).describe('One that the service of the guard can have'),
  share: z.number().min(0).max(1).default(1).describe('Share of the calls that meet the fault'),
  ttl_seconds: z.int().min(1).max(MAX_DRILL_SECONDS).default(DEFAULT_DRILL_SECONDS),
  reason,
});
export type DrillBody = z.infer<typeof drillSchema>;

/** The optional body of `POST …/reset`. */
export const resetSchema = z.strictObject({ reason }).optional();
export type ResetBody = z.infer<typeof resetSchema>;

/** A variable of the environment as JSON. Null removes the override. */
const number = <T>(variable: z.ZodType<T, string>) =>
  z.number().transform(String).pipe(variable).nullable().optional();
const word = <T>(variable: z.ZodType<T, string>) => variable.nullable().optional();

const settings = z.strictObject({
  enabled: word(breakerVariables.ENABLED.unwrap()),
  strategy: word(breakerVariables.STRATEGY.unwrap()),
  fail_threshold: number(breakerVariables.FAIL_THRESHOLD.unwrap()),
  timeout_seconds: number(breakerVariables.TIMEOUT_SECONDS.unwrap()),
  reset_timeout: number(breakerVariables.RESET_TIMEOUT.unwrap()),
  success_threshold: number(breakerVariables.SUCCESS_THRESHOLD.unwrap()),
  half_open_max_calls: number(breakerVariables.HALF_OPEN_MAX_CALLS.unwrap()),
});

/** The body of `PATCH …/:name`: the circuit breaker's variables, lower-case and without their prefix, with the same bounds. */
export const settingsSchema = settings
  .extend({ reason })
  .refine((body) => Object.keys(body).some((key) => key !== 'reason'), 'must change at least one setting');
export type SettingsBody = z.infer<typeof settingsSchema>;

/** The query of `GET …/history`. */
export const historySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_CHANGES).default(50).describe('Changes that are listed'),
});
export type HistoryQuery = z.infer<typeof historySchema>;

const seconds = z.coerce.number().min(0).max(MAX_EPOCH_SECONDS).optional();

/** The query of `GET /admin/timeline`. */
export const timelineSchema = z.strictObject({
  from: seconds.describe('Epoch seconds; an hour before `to` by default, and at most 90 days'),
  to: seconds.describe('Epoch seconds; now by default'),
  limit: z.coerce.number().int().min(1).max(MAX_CHANGES).default(200).describe('Events that are listed'),
});
export type TimelineQuery = z.infer<typeof timelineSchema>;

/** The variables changed by a body. */
export function readChanges(body: SettingsBody): BreakerChanges {
  const given = Object.entries(body).filter(([name, value]) => name !== 'reason' && value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name.toUpperCase(), value]));
}
