import { loadConfig } from '../../../src/config/load-config.ts';
import { DeferredWrites } from '../../../src/postgres/records/write-behind-queue.ts';
import type { Database } from '../../../src/postgres/connection/database.ts';
import type { AnsweredQuestionsRepository } from '../../../src/postgres/records/answered-questions.repository.ts';
import type { AnswerEntry } from '../../../src/query/answer/answer-entry.ts';
import type { QuestionEmbedding } from '../../../src/query/retrieval/question-embedding.ts';
import { SemanticCacheWriter } from '../../../src/query/semantic-cache/semantic-cache-writer.ts';
import { GuardRegistry } from '../../../src/resilience/guard/guard-registry.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

it('a failure to store an answer for similar questions is logged and not thrown', async () => {
  const logs: Record<string, unknown>[] = [];
  const logger = createLogger('info', { write: (line: string) => void logs.push(JSON.parse(line)) });
  const config = loadConfig({});
  const clock = new FakeClock();
  const nothing = {} as unknown;
  const rows = new DeferredWrites(
    nothing as Database,
    new GuardRegistry(config, clock, logger),
    clock,
    logger,
  );
  const writer = new SemanticCacheWriter(
    nothing as AnsweredQuestionsRepository,
    nothing as QuestionEmbedding,
    config,
    rows,
    logger,
  );
  // No question comes so through the API.
  const text = { normalize: undefined } as unknown as string;
  writer.add({ tenantId: 'default', text, topK: 6, filter: {} }, nothing as AnswerEntry);
  expect(logs).toMatchObject([{ event: 'answer_not_kept', cause: { name: 'TypeError' } }]);
  await writer.onApplicationShutdown();
});
