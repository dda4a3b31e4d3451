import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import type { z } from 'zod';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { AppError } from '../http/app-error.ts';
import { CallerSignal } from '../http/requests/caller-signal.ts';
import { AnswerCounts } from '../resilience/health/answer-counts.ts';
import { CLOCK, type Clock } from '../resilience/time/clock.ts';
import { AdminTokenGuard } from './admin-token.guard.ts';
import { timelineSchema, type TimelineQuery } from './admin.schema.ts';
import { AuditTrail } from './audit-trail.ts';
import type { timelineResponseSchema } from './response.schema.ts';
import { StateHistory } from './state-history.ts';

const DEFAULT_SPAN_SECONDS = 3_600;
/** State changes are kept no longer. */
const MAX_SPAN_SECONDS = 90 * 86_400;
/** Changes and actions before the span that are looked at. Raised, what held at its begin is told of more and quieter guards. */
const MAX_BEFORE = 200;

/** `/admin/timeline`: what happened in a span of time. */
@Controller('admin/timeline')
@UseGuards(AdminTokenGuard)
export class TimelineController {
  constructor(
    private readonly stateHistory: StateHistory,
    private readonly audit: AuditTrail,
    private readonly counts: AnswerCounts,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /**
   * The newest events of the span, and the answers that this instance gave in it.
   * @throws AppError `invalid_request`; the signal's reason
   */
  @Get()
  async show(
    @Query({ schema: timelineSchema }) { from: since, to: until, limit }: TimelineQuery,
    @CallerSignal() signal: AbortSignal,
  ): Promise<z.infer<typeof timelineResponseSchema>> {
    const to = until ?? this.clock.wall() / 1_000;
    const from = since ?? Math.max(0, to - DEFAULT_SPAN_SECONDS);
    if (from > to || to - from > MAX_SPAN_SECONDS) {
      const message = 'must be before `to`, by at most 90 days';
      throw new AppError('invalid_request', { details: [{ path: 'from', message }] });
    }
    // One more than asked for tells whether there are more.
    const span = { from: from * 1_000, to: to * 1_000, limit: limit + 1 };
    const before = { from: 0, to: span.from, limit: MAX_BEFORE };
    const [history, actions, ...earlier] = await Promise.all([
      this.stateHistory.between(span, signal),
      this.audit.between(span, signal),
      this.stateHistory.between(before, signal),
      this.audit.between(before, signal),
    ]);
    const events = showEvents(history.rows, actions.rows);
    return {
      from,
      to,
      source: [history, actions, ...earlier].some(({ source }) => source === 'memory')
        ? 'memory'
        : 'database',
      truncated: events.length > limit,
      events: events.slice(0, limit),
      at_begin: showHolding(earlier[0].rows, earlier[1].rows, span.from),
      answers: {
        instance: this.config.instanceName,
        since: this.counts.since / 1_000,
        slot_seconds: this.counts.slotSeconds,
        slots: this.counts
          .between(span.from, span.to)
          .map(({ at, sources }) => ({ at: at / 1_000, sources })),
      },
    };
  }
}

type Change = Awaited<ReturnType<StateHistory['between']>>['rows'][number];
type Action = Awaited<ReturnType<AuditTrail['between']>>['rows'][number];

function showEvents(changes: Change[], actions: Action[]) {
  return [...changes.map(showChange), ...actions.map(showAction)].sort((a, b) => b.at - a.at);
}

/** What of the changes and actions before a moment still held then. A later action ends an earlier one of its kind. */
function showHolding(changes: Change[], actions: Action[], moment: number) {
  const isDrill = ({ action }: Action) => action === 'begin_drill' || action === 'end_drill';
  const ending = actions.filter(({ action }) => action !== 'configure');
  return showEvents(
    newestOf(changes, ({ guard, instance }) => `${guard} ${instance}`).filter(({ at }) => at < moment),
    newestOf(ending, (action) => `${action.guard} ${isDrill(action)}`).filter(
      ({ at, endsAt }) => at < moment && endsAt !== null && endsAt.getTime() > moment,
    ),
  );
}

/** The first of each key. */
function newestOf<T>(rows: T[], key: (row: T) => string): T[] {
  const seen = new Set<string>();
  return rows.filter((row) => {
    const isNew = !seen.has(key(row));
    seen.add(key(row));
    return isNew;
  });
}

function showChange({ at, instance, guard, from, to, failCount }: Change) {
  return {
    kind: 'state_change' as const,
    at: at / 1_000,
    instance,
    guard,
    from_state: from,
    to_state: to,
    fail_count: failCount,
  };
}

/** An action applies to every instance. */
function showAction({ at, guard, action, actor, changes, endsAt, reason }: Action) {
  return {
    kind: 'action' as const,
    at: at / 1_000,
    instance: null,
    guard,
    action,
    actor,
    changes,
    ends_at: endsAt === null ? null : endsAt.getTime() / 1_000,
    reason,
  };
}
