import { fileURLToPath } from 'node:url';
import { readDataSet } from '../../../bench/data-set.ts';
import { ndcg, rankDocuments } from '../../../bench/ranking.ts';
import { startService, type Service } from '../../support/service/service.ts';

const SET = fileURLToPath(new URL('../../evaluation-set', import.meta.url));
/** nDCG@10 when this was written; raise it when the search has become better. */
const REACHED = { lexical: 0.986, hybrid: 0.986 };
const ALLOWED_DROP = 0.02;

describe('the quality of the search', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
    const { documents } = await readDataSet(SET);
    await service.ingest(documents.map((document) => ({ ...document })));
  });

  afterAll(() => service.close());

  it.each(['lexical', 'hybrid'] as const)('is at least what was reached before in mode %s', async (mode) => {
    const { questions } = await readDataSet(SET);
    let sum = 0;
    for (const { text, qrels } of questions) {
      const { body } = await service.request<{ results: { document_id: string }[] }>('POST', '/search', {
        query: text,
        top_k: 10,
        mode,
      });
      sum += ndcg(rankDocuments(body.results), qrels, 10);
    }
    expect(sum / questions.length).toBeGreaterThan(REACHED[mode] - ALLOWED_DROP);
  });
});
