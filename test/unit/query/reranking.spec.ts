import { Reranking } from '../../../src/query/retrieval/reranking.ts';
import type { RerankTargets } from '../../../src/targets/rerank-targets.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { passage } from '../../support/postgres/passages.ts';

describe('the score of a reranked passage', () => {
  it.each([
    ['as it is, from 0 to 1', [0.2, 1, 0], [1, 0.2, 0]],
    ['on the logistic curve when one is a logit', [-1, 0.5, -8], [0.622, 0.269, 0.0003]],
    ['above 0 and in order when all are far below', [-30, -9, -20], [0.0001, 0, 0]],
  ])('is %s', async (_, scores, expected) => {
    const targets = { isConfigured: true, score: () => Promise.resolve(scores) };
    const reranking = new Reranking(targets as unknown as RerankTargets, new FakeClock());
    const passages = scores.map((_score, at) => passage(`p${at}`));
    const { signal } = new AbortController();
    const { passages: ranked } = await reranking.rank('question', passages, {}, signal);
    expect(ranked.map(({ score }) => Number(score.toFixed(score < 0.001 ? 4 : 3)))).toEqual(expected);
    const order = scores.map((score, at) => ({ score, id: `p${at}` })).sort((a, b) => b.score - a.score);
    expect(ranked.map(({ chunk_id: id }) => id)).toEqual(order.map(({ id }) => id));
    expect(ranked.every(({ score }) => score > 0 || scores.includes(0))).toBe(true);
  });
});
