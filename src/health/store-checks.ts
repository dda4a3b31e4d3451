import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { Caches } from '../cache/caches.ts';
import { Database } from '../postgres/connection/database.ts';
import { READ_ONLY } from '../postgres/connection/explain-database-error.ts';
import { AnswerSources } from '../resilience/health/answer-sources.ts';

/** Longer than the guards' own limits, which end a ping first. */
const PING_LIMIT_MS = 5_000;

/** Checks the stores: documents in Postgres, answers in the cache. */
@Injectable()
export class StoreChecks {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly database: Database,
    private readonly caches: Caches,
    private readonly sources: AnswerSources,
  ) {}

  /** Pings the database through its guard, as every query does. Without writes, questions are still answered. */
  async postgres(): Promise<HealthIndicatorResult> {
    const check = this.indicators.check('postgres');
    try {
      const { isReadOnly } = await this.database.ping(AbortSignal.timeout(PING_LIMIT_MS));
      return isReadOnly ? check.degraded({ reason: READ_ONLY }) : check.up();
    } catch {
      return check.down();
    }
  }

  /** Pings Redis. Without Redis the cache is in memory only: an outage costs sharing, not answers. */
  async cache(): Promise<HealthIndicatorResult> {
    const check = this.indicators.check('cache');
    if (!this.caches.isShared) return check.up({ shared: false });
    return (await isUp(this.caches))
      ? check.up({ shared: true })
      : check.degraded({ shared: false, reason: 'Redis fails; answers are cached in this instance alone' });
  }

  /** Whether anything can be answered: from documents or, without the database, from remembered answers or another source. */
  async answers(): Promise<HealthIndicatorResult> {
    const check = this.indicators.check('answers');
    if (await isUp(this.database)) return check.up();
    const from = this.caches.holdsAnswers ? 'cache' : this.sources.available;
    return from === undefined
      ? check.down()
      : check.degraded({ from, reason: 'the database fails; documents cannot be searched' });
  }
}

function isUp(store: { ping(signal: AbortSignal): Promise<unknown> }): Promise<boolean> {
  return store.ping(AbortSignal.timeout(PING_LIMIT_MS)).then(
    () => true,
    () => false,
  );
}
