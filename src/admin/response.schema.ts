import { z } from 'zod';
import { TRIP_STRATEGIES } from '../config/env.ts';
import { DRILL_ENDS, DRILL_FAULTS, drillViewSchema } from '../resilience/drills/drill.ts';
import { circuitStateSchema, guardSnapshotSchema } from '../resilience/guard/guard-snapshot.ts';

const settings = z.object({
  enabled: z.enum(['true', 'false', 'observe']),
  strategy: z.enum(TRIP_STRATEGIES),
  fail_threshold: z.number(),
  timeout_seconds: z.number(),
  reset_timeout: z.number(),
  success_threshold: z.number(),
  half_open_max_calls: z.number(),
});

/** A guard with its settings, in the names of the PATCH body. Durations are seconds. */
export const configuredGuardSchema = guardSnapshotSchema.extend({
  settings,
  defaults: settings.describe('The settings of the environment, to which null returns'),
});
export type ConfiguredGuard = z.infer<typeof configuredGuardSchema>;

/** The body of `GET /admin/circuit-breakers`. */
export const guardListSchema = z.object({
  circuit_breakers: z.record(z.string(), configuredGuardSchema),
});

const done = {
  stored: z.boolean().describe('False while the action applies to this instance alone'),
  audited: z.boolean().describe('False while the row of the audit trail waits in memory'),
};

/** The body of the response to an action. */
export const actionSchema = z.object({ circuit_breaker: configuredGuardSchema, ...done });

const source = z
  .enum(['database', 'memory'])
  .describe('`memory` while the database is unavailable: what this instance remembers');
const change = {
  at: z.number().describe('Epoch seconds'),
  from_state: circuitStateSchema,
  to_state: circuitStateSchema,
  fail_count: z.number(),
  instance: z.string().describe('The instance that saw it'),
};

/** The body of `GET …/history`. */
export const historyResponseSchema = z.object({
  name: z.string(),
  source,
  changes: z.array(z.object(change)).describe('Newest first'),
});

/** A drill that is over. */
const endedDrillSchema = drillViewSchema.extend({
  ended_at: z.number().describe('Epoch seconds'),
  how: z.enum(DRILL_ENDS).describe('Its time was over, an operator ended it, or the process stopped'),
});
export type EndedDrill = z.infer<typeof endedDrillSchema>;

/** The body of `GET /admin/drills`. */
export const drillListSchema = z.object({
  running: z.array(drillViewSchema).describe('Newest first'),
  ended: z.array(endedDrillSchema).readonly().describe('The last 50 since the start of this instance'),
  faults: z.record(z.string(), z.array(z.enum(DRILL_FAULTS))).describe('The faults that each guard can have'),
});

/** The body of the response to the begin and the end of a drill. */
export const drillActionSchema = z.object({ drill: drillViewSchema, ...done });

const guard = z.string();

const events = z.array(
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('state_change'), guard, ...change }),
    z.object({
      kind: z.literal('action'),
      at: change.at,
      instance: z.null().describe('An action applies to all instances'),
      guard,
      action: z.string(),
      actor: z.string(),
      changes: z.record(z.string(), z.unknown()),
      ends_at: z.number().nullable().describe('Epoch seconds'),
      reason: z.string().nullable(),
    }),
  ]),
);

/** The body of `GET /admin/timeline`. */
export const timelineResponseSchema = z.object({
  from: z.number().describe('Epoch seconds'),
  to: z.number().describe('Epoch seconds'),
  source,
  truncated: z.boolean().describe('Whether the span has older events, too'),
  events: events.describe('Newest first'),
  at_begin: events.describe(
    'What held at `from`, newest first: the last change of each circuit on each instance, forced modes and drills',
  ),
  answers: z
    .object({
      instance: z.string(),
      since: z.number().describe('Epoch seconds of the start of this instance'),
      slot_seconds: z.number(),
      slots: z.array(
        z.object({ at: z.number().describe('Epoch seconds'), sources: z.record(z.string(), z.number()) }),
      ),
    })
    .describe('How many questions each source answered on this instance in the last hour'),
});

/** The body of `GET /admin/stored`. */
export const storedResponseSchema = z.object({
  documents: z.number(),
  chunks: z.number(),
  embedded: z.number().describe('Chunks with a vector of the model'),
  model: z.string().describe('The configured embedding model'),
  deferred_questions: z.number().describe('Deferred questions that wait'),
});
