import { drillSchema, timelineSchema } from '../../admin/admin.schema.ts';
import {
  drillActionSchema,
  drillListSchema,
  storedResponseSchema,
  timelineResponseSchema,
} from '../../admin/response.schema.ts';
import type { DrillView } from '../../resilience/drills/drill.ts';
import { json, type OperationGroup } from '../operation.ts';

/** The change of state of the examples. */
export const CHANGE = {
  at: 1_795_984_127.399,
  from_state: 'closed',
  to_state: 'open',
  fail_count: 5,
  instance: 'host:3000',
};
const DRILL: DrillView = {
  id: '6d7a0c26-6b9d-4a9b-93f9-5a4f0f1c0f34',
  guard: 'huggingface_api',
  fault: 'hang',
  share: 1,
  reason: 'Rehearsal of Monday',
  actor: 'ada',
  began_at: 1_795_984_127.399,
  ttl_seconds: 300,
  ends_in: 287,
  calls_hit: 4,
};
const DRILLS_ENABLED =
  'The route exists only with `DRILLS_ENABLED=true`, or with the admin key of a local trial unless `DRILLS_ENABLED=false`.';

/** Drills, and what happened in them and otherwise. */
export const rehearsals: OperationGroup['operations'] = {
  'GET /admin/drills': {
    id: 'listDrills',
    summary: 'List drills',
    description: `Those that run on this instance, and those that ended lately. ${DRILLS_ENABLED}`,
    responses: { 200: json({ DrillList: drillListSchema }, 'The drills') },
    examples: {
      list: {
        summary: 'A drill that runs, and one that ended',
        status: 200,
        response: {
          running: [DRILL],
          ended: [{ ...DRILL, ends_in: 0, ended_at: 1_795_984_427.399, how: 'expired' }],
          faults: { postgres: ['refuse', 'hang', 'slow', 'garbage'] },
        },
      },
    },
  },
  'POST /admin/drills': {
    id: 'beginDrill',
    summary: 'Begin a drill',
    description: `Puts a fault between a guard and its service. ${DRILLS_ENABLED}`,
    headers: ['X-Admin-Actor'],
    body: { schema: drillSchema },
    responses: { 201: json({ DrillAction: drillActionSchema }, 'The drill') },
    errors: ['drill_running'],
    examples: {
      begin: {
        summary: 'A model that hangs for five minutes',
        parameters: { 'X-Admin-Actor': 'ada' },
        body: {
          guard: 'huggingface_api',
          fault: 'hang',
          ttl_seconds: 300,
          reason: 'Rehearsal of Monday',
        },
        status: 201,
        response: { drill: DRILL, stored: true, audited: true },
      },
    },
  },
  'DELETE /admin/drills/{id}': {
    id: 'endDrill',
    summary: 'End a drill',
    description: `Ends it in all instances. ${DRILLS_ENABLED}`,
    path: { id: 'The id of the drill' },
    headers: ['X-Admin-Actor'],
    responses: { 200: json({ DrillAction: drillActionSchema }, 'The drill that was ended') },
    errors: ['not_found'],
    examples: {
      end: {
        summary: 'A drill that runs',
        parameters: { id: DRILL.id },
        status: 200,
        response: { drill: DRILL, stored: true, audited: true },
      },
      unknown: { summary: 'A drill that does not run', parameters: { id: 'unknown' }, status: 404 },
    },
  },
  'GET /admin/timeline': {
    id: 'readTimeline',
    summary: 'Read what happened in a span of time',
    description:
      'Changes of state and actions of operators, what held when the span began, and how many questions each source has answered.',
    query: timelineSchema,
    responses: { 200: json({ Timeline: timelineResponseSchema }, 'The events of the span') },
    examples: {
      span: {
        summary: 'An hour',
        parameters: { from: '1795984000', to: '1795987600', limit: '200' },
        status: 200,
        response: {
          from: 1_795_984_000,
          to: 1_795_987_600,
          source: 'database',
          truncated: false,
          events: [
            {
              kind: 'action',
              at: 1_795_984_190.5,
              instance: null,
              guard: 'huggingface_api',
              action: 'force_state',
              actor: 'ada',
              changes: { state: 'open', ttl_seconds: 60 },
              ends_at: 1_795_984_250.5,
              reason: 'The model is being replaced',
            },
            { kind: 'state_change', guard: 'huggingface_api', ...CHANGE },
          ],
          at_begin: [],
          answers: {
            instance: 'host:3000',
            since: 1_795_980_127.399,
            slot_seconds: 10,
            slots: [{ at: 1_795_984_120, sources: { generation: 3, excerpts: 5 } }],
          },
        },
      },
    },
  },
  'GET /admin/stored': {
    id: 'countStored',
    summary: 'Count what is stored',
    description: 'Documents, their chunks, the chunks with a vector, and the deferred questions that wait.',
    responses: { 200: json({ Stored: storedResponseSchema }, 'The counts') },
    errors: ['service_unavailable'],
    examples: {
      counts: {
        summary: 'A small collection',
        status: 200,
        response: {
          documents: 25,
          chunks: 310,
          embedded: 310,
          model: 'sentence-transformers/all-MiniLM-L6-v2',
          deferred_questions: 0,
        },
      },
    },
  },
};
