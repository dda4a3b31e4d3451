import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Connections } from '../../../src/postgres/connection/connections.ts';
import { Database } from '../../../src/postgres/connection/database.ts';
import type { NewDocument } from '../../../src/postgres/corpus/document-rows.ts';
import { systemClock } from '../../../src/resilience/time/clock.ts';
import type { GuardEvent } from '../../../src/resilience/guard/guard-events.ts';
import { Guard } from '../../../src/resilience/guard/guard.ts';
import { defaultSettings } from '../guards/guards.ts';

/** A logger that says nothing. */
export const silentLogger = pino({ level: 'silent' });

/** An empty temporary folder; `remove` it at the end. */
export async function makeTemporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'failsoft-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A database behind a guard of its own, with what the guard told. */
export function createDatabase(connections: Connections, isReady = () => true) {
  const events: GuardEvent[] = [];
  const guard = new Guard('postgres', defaultSettings, systemClock, (event) => events.push(event));
  const database = new Database(connections, guard, systemClock, isReady, () => 0);
  return { database, guard, events };
}

/** A document of plain text, to be stored. */
export function createDocument(id: string, more: Partial<NewDocument> = {}): NewDocument {
  return {
    id,
    title: null,
    url: null,
    format: 'text',
    text: `text of ${id}`,
    metadata: {},
    contentHash: id,
    bundled: false,
    ...more,
  };
}
