import { z } from 'zod';
import { forceSchema, historySchema, resetSchema, settingsSchema } from '../../admin/admin.schema.ts';
import { actionSchema, guardListSchema, historyResponseSchema } from '../../admin/response.schema.ts';
import { importResultSchema } from '../../admin/answer-transfer.controller.ts';
import type { GuardSnapshot } from '../../resilience/guard/guard-snapshot.ts';
import { json, type OperationGroup } from '../operation.ts';
import { CHANGE, rehearsals } from './rehearsals.ts';

/** The guard of the examples. */
export const GUARD: GuardSnapshot = {
  name: 'huggingface_api',
  state: 'open',
  fail_count: 5,
  last_failure_time: 1_795_984_127.398,
  is_healthy: false,
  enabled: true,
  mode: 'auto',
  mode_ends_in: null,
  retry_after: 33,
  hold: null,
  strategy: 'consecutive',
  window: { calls: 6, failures: 5 },
  totals: { calls: 6, successes: 1, failures: 5, ignored: 0, rejected: 1 },
  success_rate: 0.16666666666666666,
  failures_in_row: 5,
  successes_in_row: 0,
  trips: 1,
  consecutive_trips: 1,
  half_open_trials: 0,
  last_failure_kind: 'http_error',
  last_failure_cause: 'http_502_page',
  last_failure_drilled: false,
  last_success_time: 1_795_984_126.565,
  learnt: null,
  peers_open: null,
  drill: null,
  after_drill: false,
};
const SETTINGS = {
  enabled: 'true',
  strategy: 'consecutive',
  fail_threshold: 5,
  timeout_seconds: 30,
  reset_timeout: 60,
  success_threshold: 2,
  half_open_max_calls: 3,
};
const CONFIGURED = { ...GUARD, settings: SETTINGS, defaults: SETTINGS };
const DONE = { circuit_breaker: CONFIGURED, stored: true, audited: true };
const acted = { 200: json({ GuardAction: actionSchema }, 'The guard after the action') };
const path = { name: 'The name of the guard' };
const named = { name: 'huggingface_api' };

/** What operators do. */
export const administration: OperationGroup = {
  name: 'Administration',
  description:
    'Shows and controls the guards, and moves cached answers between instances. The routes exist only when `ADMIN_TOKEN` is set. After 20 wrong keys within a minute a caller is refused whatever the key.',
  isAdmin: true,
  operations: {
    'GET /admin/circuit-breakers': {
      id: 'listGuards',
      summary: 'List the guards with their settings',
      responses: { 200: json({ GuardList: guardListSchema }, 'The guards by their names') },
      examples: {
        list: {
          summary: 'All guards',
          status: 200,
          response: { circuit_breakers: { huggingface_api: CONFIGURED } },
        },
      },
    },
    'POST /admin/circuit-breakers/{name}/force-state': {
      id: 'forceState',
      summary: 'Override the state of a guard',
      path,
      headers: ['X-Admin-Actor'],
      body: { schema: forceSchema },
      responses: acted,
      errors: ['not_found'],
      examples: {
        open: {
          summary: 'A guard that rejects every call for a minute',
          parameters: { ...named, 'X-Admin-Actor': 'ada' },
          body: { state: 'open', ttl_seconds: 60, reason: 'The model is being replaced' },
          status: 200,
          response: { ...DONE, circuit_breaker: { ...CONFIGURED, mode: 'forced_open', mode_ends_in: 60 } },
        },
        unknown: {
          summary: 'An unknown guard',
          parameters: { name: 'unknown' },
          body: { state: 'open' },
          status: 404,
        },
      },
    },
    'POST /admin/circuit-breakers/{name}/reset': {
      id: 'resetGuard',
      summary: 'Close a circuit and forget its failures',
      description:
        'Forgets failures, openings, holds, forced modes and a demotion. The body may be left out.',
      path,
      headers: ['X-Admin-Actor'],
      body: { schema: resetSchema, isOptional: true },
      responses: acted,
      errors: ['not_found'],
      examples: {
        reset: {
          summary: 'A reset with its reason',
          parameters: named,
          body: { reason: 'The model works again' },
          status: 200,
          response: DONE,
        },
      },
    },
    'PATCH /admin/circuit-breakers/{name}': {
      id: 'changeSettings',
      summary: 'Change the settings of a guard',
      description:
        'Takes effect at once and keeps the counted calls. `null` returns a setting to its default.',
      path,
      headers: ['X-Admin-Actor'],
      body: { schema: settingsSchema },
      responses: acted,
      errors: ['not_found'],
      examples: {
        change: {
          summary: 'A higher threshold',
          parameters: named,
          body: { fail_threshold: 8 },
          status: 200,
          response: DONE,
        },
      },
    },
    'GET /admin/circuit-breakers/{name}/history': {
      id: 'listStateChanges',
      summary: 'List the state changes of a guard',
      path,
      query: historySchema,
      responses: { 200: json({ History: historyResponseSchema }, 'The changes in all instances') },
      errors: ['not_found'],
      examples: {
        history: {
          summary: 'The last ten changes',
          parameters: { ...named, limit: '10' },
          status: 200,
          response: {
            name: 'huggingface_api',
            source: 'database',
            changes: [CHANGE],
          },
        },
      },
    },
    ...rehearsals,
    'GET /admin/cache': {
      id: 'exportAnswers',
      summary: 'Export the cached answers of this instance',
      description: 'One record per line. The format of a record is internal.',
      responses: { 200: { description: 'The records', content: { 'application/x-ndjson': {} } } },
      examples: {
        export: {
          summary: 'All records',
          status: 200,
          type: 'application/x-ndjson',
          response: '{"…":"…"}\n',
        },
      },
    },
    'POST /admin/cache': {
      id: 'importAnswers',
      summary: 'Import cached answers',
      description: 'Takes records of `GET /admin/cache`, at most 256 MiB.',
      headers: ['X-Admin-Actor'],
      body: { schema: z.string(), type: 'application/x-ndjson' },
      responses: { 200: json({ ImportResult: importResultSchema }, 'What became of the records') },
      examples: {
        import: {
          summary: 'A damaged record',
          body: '{"…":"…"}\n',
          status: 200,
          response: { taken: 0, known: 0, refused: 1 },
        },
      },
    },
  },
};
