import { z } from 'zod';

/** The ways in which a service can be made to seem to fail. */
export const DRILL_FAULTS = [
  'refuse',
  'hang',
  'slow',
  'status_503',
  'rate_limit',
  'garbage',
  'cut_midway',
] as const;
export type DrillFault = (typeof DRILL_FAULTS)[number];

/** The longest drill in seconds. Raised, a forgotten drill keeps its service out for longer. */
export const MAX_DRILL_SECONDS = 3_600;

const drillSchema = z.object({
  id: z.uuid(),
  fault: z.enum(DRILL_FAULTS),
  /** Share of the calls that meet the fault, 0 to 1. */
  share: z.number().min(0).max(1),
  ttlMs: z.number().positive(),
  reason: z.string().nullable(),
  /** Who began it. */
  actor: z.string(),
});

/** A rehearsed outage of one guard's service. */
export type Drill = z.infer<typeof drillSchema>;

/** A drill as operators see it on one instance. Times are epoch seconds, durations are seconds. */
export const drillViewSchema = z.object({
  id: z.string(),
  guard: z.string(),
  fault: z.enum(DRILL_FAULTS),
  share: z.number().describe('Share of the calls that meet the fault'),
  reason: z.string().nullable(),
  actor: z.string().describe('Who began it'),
  began_at: z.number().describe('Epoch seconds'),
  ttl_seconds: z.number(),
  ends_in: z.number().describe('Seconds'),
  calls_hit: z.number().describe('Calls of this instance that met the fault'),
});
export type DrillView = z.infer<typeof drillViewSchema>;

/** How a drill ended: its time was over, an operator ended it, or the process stops. */
export const DRILL_ENDS = ['expired', 'ended', 'stopped'] as const;
export type DrillEnd = (typeof DRILL_ENDS)[number];

/** Writes a drill as the value of an override. */
export function encodeDrill(drill: Drill): string {
  return JSON.stringify(drill);
}

/** Reads the value of an override; undefined when there is no drill, or one that this version does not know. */
export function decodeDrill(value: string | number | null): Drill | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    return drillSchema.safeParse(JSON.parse(value)).data;
  } catch {
    return undefined;
  }
}
