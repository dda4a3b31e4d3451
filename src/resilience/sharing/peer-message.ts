import { z } from 'zod';
import { limitedRecord } from '../../schemas/limited-schemas.ts';

const MAX_GUARDS = 1_000;
const MAX_ID = 1_000;
const MAX_DELETED = 1_000;
const ms = z.number().min(0).max(3_600_000);

const report = z.object({
  kind: z.literal('report'),
  instance: z.string().max(100),
  /** Increases with every report of the instance. */
  sequence: z.int().nonnegative(),
  /** How long the report is valid after sending; 0 when the instance leaves. */
  ttl_ms: ms,
  /** Its open circuits with the milliseconds until they admit trials. */
  open: limitedRecord(z.string().max(100), ms, MAX_GUARDS),
});
const count = z.int().nonnegative();
const counts = z.object({
  successes: count,
  failures: count,
  ignored: count,
  rejected: count,
  latencies: z.array(z.tuple([z.int().min(-1_000).max(1_000), count])).max(1_000),
});
const health = z.object({
  kind: z.literal('health'),
  instance: z.string().max(100),
  ttl_ms: ms,
  services: limitedRecord(z.string().max(100), z.object({ minute: counts, hour: counts }), MAX_GUARDS),
});
const corpusChange = z.object({
  kind: z.literal('corpus_changed'),
  tenant: z.string().max(MAX_ID),
  revision: z.int().nonnegative(),
  deleted: z.array(z.string().max(MAX_ID)).max(MAX_DELETED),
});
const message = z.discriminatedUnion('kind', [
  report,
  health,
  corpusChange,
  z.object({ kind: z.literal('controls_changed') }),
]);

/** The open circuits of one instance. It contains durations only: the clocks of two machines are never compared. */
export type PeerReport = z.infer<typeof report>;

/** The call counts of one instance. */
export type HealthReport = z.infer<typeof health>;

/** A change of a tenant's documents, with the ids of deleted documents. */
export type CorpusChangeMessage = z.infer<typeof corpusChange>;

/** A message between instances. `controls_changed` says that the store has new overrides. */
export type PeerMessage = z.infer<typeof message>;

/** Parses a message from another instance; undefined when it is not valid. */
export function parsePeerMessage(text: string): PeerMessage | undefined {
  try {
    return message.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The report with its durations reduced by the time since it was sent. */
export function ageReport(sent: PeerReport, ageMs: number): PeerReport {
  const open = Object.entries(sent.open).map(([guard, leftMs]) => [guard, Math.max(0, leftMs - ageMs)]);
  return { ...sent, ttl_ms: Math.max(0, sent.ttl_ms - ageMs), open: Object.fromEntries(open) };
}
