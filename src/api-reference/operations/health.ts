import { z } from 'zod';
import { circuitViewSchema } from '../../health/circuit-view.ts';
import { healthSchema } from '../../health/health.controller.ts';
import { json, type OperationGroup } from '../operation.ts';
import { GUARD } from './admin.ts';

const READY = { answers: { status: 'up' } };
const HOUR = { calls: 6, error_rate: 0.8333, p50_ms: 208, p95_ms: 208, availability: 0.1429 };
const VIEW = {
  ...GUARD,
  demoted: { cause: 'failing', retry_in: 10 },
  health: { minute: HOUR, hour: HOUR },
  health_of_all: null,
};
const DETAILS = {
  postgres: { status: 'up' },
  cache: { shared: false, status: 'up' },
  generation: {
    targets: { huggingface_api: 'open' },
    reason: 'huggingface_api fails (http_502_page)',
    status: 'degraded',
  },
  embedding: { targets: { embedding_api: 'closed' }, status: 'up' },
  heap: { status: 'up' },
  disk: { status: 'up' },
};
const health = { Health: healthSchema };
const checks = {
  200: json(health, 'Nothing is down'),
  503: json(health, 'Something is down'),
};

/** Health, guards and metrics. */
export const monitoring: OperationGroup = {
  name: 'Monitoring',
  description: 'What load balancers and monitoring ask. None of these routes calls a model.',
  operations: {
    'GET /health': {
      id: 'checkHealth',
      summary: 'Check every dependency',
      description: 'A dependency is `degraded` when less answers than is configured, and `reason` says why.',
      responses: checks,
      examples: {
        health: {
          summary: 'All dependencies',
          status: 200,
          response: { status: 'degraded', info: DETAILS, error: {}, details: DETAILS },
        },
        down: {
          summary: 'A database that is down',
          status: 503,
          response: {
            status: 'error',
            info: {},
            error: { postgres: { status: 'down' } },
            details: { postgres: { status: 'down' } },
          },
        },
      },
    },
    'GET /health/live': {
      id: 'checkLiveness',
      summary: 'Tell that the process runs',
      responses: { 200: json({ Live: z.object({ status: z.literal('ok') }) }, 'The process runs') },
      examples: { live: { summary: 'A process that runs', status: 200, response: { status: 'ok' } } },
    },
    'GET /health/ready': {
      id: 'checkReadiness',
      summary: 'Tell whether anything can be answered',
      description:
        '`answers` is `up` when the database answers, and `degraded` with `from` when only cached or curated answers are left.',
      responses: checks,
      examples: {
        ready: {
          summary: 'An instance that answers',
          status: 200,
          response: { status: 'ok', info: READY, error: {}, details: READY },
        },
        down: {
          summary: 'An instance that can answer nothing',
          status: 503,
          response: {
            status: 'error',
            info: {},
            error: { answers: { status: 'down' } },
            details: { answers: { status: 'down' } },
          },
        },
      },
    },
    'GET /health/circuit-breaker': {
      id: 'readCircuitBreakers',
      summary: 'Read the state of every guard',
      description: '`circuit_breaker` is the guard of the first generation target.',
      responses: { 200: json({ CircuitBreakers: circuitViewSchema }, 'The guards') },
      examples: {
        guards: {
          summary: 'A circuit that is open',
          status: 200,
          response: {
            circuit_breaker: VIEW,
            circuit_breakers: { huggingface_api: VIEW },
            timestamp: 1_795_984_128.325,
          },
        },
      },
    },
    'GET /metrics': {
      id: 'readMetrics',
      summary: 'Read the metrics',
      responses: {
        200: { description: "Metrics in Prometheus' text format", content: { 'text/plain': {} } },
      },
      examples: {
        metrics: {
          summary: 'The state of a circuit',
          status: 200,
          type: 'text/plain',
          response:
            '# HELP circuit_breaker_state State of a guard: 0 closed, 1 open, 2 half-open, 3 held.\n# TYPE circuit_breaker_state gauge\ncircuit_breaker_state{name="huggingface_api"} 1\n',
        },
      },
    },
  },
};
