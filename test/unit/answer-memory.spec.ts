import { pino } from 'pino';
import type { AnswerCache } from '../../src/query/answer-cache.ts';
import { AnswerMemory } from '../../src/query/answer-memory.ts';
import type { Question } from '../../src/query/question.ts';
import type { SemanticCacheWriter } from '../../src/query/semantic-cache-writer.ts';
import type { SemanticCache, SimilarAnswer } from '../../src/query/semantic-cache.ts';
import { FakeClock } from '../support/fake-clock.ts';

const question: Question = { tenantId: 'default', text: 'Why?', topK: 6, filter: {} };
const RUNGS_MS = 100;

function setUp(find: () => Promise<SimilarAnswer | undefined>) {
  const clock = new FakeClock();
  const lines: object[] = [];
  const logger = pino({ base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line)) });
  const similar: Pick<SemanticCache, 'isPrimary' | 'find'> = { isPrimary: true, find };
  const memory = new AnswerMemory(
    {} as AnswerCache,
    similar as SemanticCache,
    {} as SemanticCacheWriter,
    { clock, deadlineMs: 1_000, rungsMs: RUNGS_MS },
    logger,
  );
  return { clock, lines, memory };
}

describe('a semantic cache that comes first and fails', () => {
  const failed = (cause: object) => ({ level: 40, event: 'rung_failed', source: 'semantic_cache', ...cause });

  it('has no answer, and its failure is logged', async () => {
    const { clock, lines, memory } = setUp(() => Promise.reject(new TypeError('Why?')));
    const { signal } = new AbortController();
    expect(await memory.findSimilar(question, 'hybrid', signal)).toBeUndefined();
    expect(lines).toEqual([failed({ timed_out: false, cause: { name: 'TypeError' } })]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is not blamed for a caller who has gone', async () => {
    const caller = new AbortController();
    const { lines, memory } = setUp(() => {
      caller.abort(new Error('gone'));
      return Promise.reject(new Error('gone'));
    });
    await expect(memory.findSimilar(question, 'hybrid', caller.signal)).rejects.toThrow('gone');
    expect(lines).toEqual([]);
  });
});
