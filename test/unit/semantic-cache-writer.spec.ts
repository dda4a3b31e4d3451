import { loadConfig } from '../../src/config/load-config.ts';
import { DeferredRowsFactory } from '../../src/postgres/deferred-rows.ts';
import type { EarlierQuestionsRepository } from '../../src/postgres/earlier-questions.repository.ts';
import type { Entry } from '../../src/query/answer-entry.ts';
import type { QuestionVectors } from '../../src/query/question-vectors.ts';
import { SemanticCacheWriter } from '../../src/query/semantic-cache-writer.ts';
import { GuardRegistry } from '../../src/resilience/guard-registry.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { FakeClock } from '../support/fake-clock.ts';

it('a fault in keeping an answer for similar questions is logged, and thrown at nobody', async () => {
  const logs: Record<string, unknown>[] = [];
  const logger = createLogger('info', { write: (line: string) => void logs.push(JSON.parse(line)) });
  const config = loadConfig({});
  const clock = new FakeClock();
  const rows = new DeferredRowsFactory(new GuardRegistry(config, clock, logger), clock, logger);
  const nothing = {} as unknown;
  const writer = new SemanticCacheWriter(
    nothing as EarlierQuestionsRepository,
    nothing as QuestionVectors,
    config,
    rows,
    logger,
  );
  // No question comes so through the API.
  const text = { normalize: undefined } as unknown as string;
  writer.add({ tenantId: 'default', text, topK: 6, filter: {} }, nothing as Entry);
  expect(logs).toMatchObject([{ event: 'answer_not_kept', error_name: 'TypeError' }]);
  await writer.onApplicationShutdown();
});
