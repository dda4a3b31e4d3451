import { jest } from '@jest/globals';
import { SearchRepository } from '../../../src/postgres/search/search.repository.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { handbook } from '../../support/scenarios/documents.ts';
import { startService, type Service } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const SEARCHES = 200;

interface ErrorBody {
  error: string;
  retry_after: number;
}

describe('more searches at once than can be done', () => {
  let service: Service;

  beforeAll(async () => {
    // On a clock that stands still nobody waits for too long, however slow the machine is.
    service = await startService({ DATABASE_TIMEOUT_MS: '3600000' }, new FakeClock());
    await service.ingest(handbook);
  });

  afterAll(() => service.close());

  it('are shed at once with a 503, while those that wait are done and health checks are answered', async () => {
    const repository = service.app.get(SearchRepository);
    const searchText = repository.searchText.bind(repository);
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    let running = 0;
    let most = 0;
    const spy = jest.spyOn(repository, 'searchText').mockImplementation(async (...search) => {
      most = Math.max(most, ++running);
      await opened;
      return searchText(...search).finally(() => running--);
    });
    const statuses: number[] = [];
    const refusals: ErrorBody[] = [];
    const waits = new Set<string | null>();
    const searches = Array.from({ length: SEARCHES }, async (_, index) => {
      const query = { query: `How many failures open circuit ${index}?`, top_k: 100, mode: 'lexical' };
      const { status, headers, body } = await service.request<ErrorBody>('POST', '/search', query);
      statuses.push(status);
      if (status !== 200) refusals.push(body);
      if (status !== 200) waits.add(headers.get('retry-after'));
    });
    await until('those without room are refused', () => statuses.length === SEARCHES - 6 - 128);
    expect((await service.request('GET', '/health/live')).status).toBe(200);
    expect(most).toBe(6);
    open();
    await Promise.all(searches);
    spy.mockRestore();
    expect(most).toBe(6);
    expect(statuses.filter((status) => status === 503)).toHaveLength(SEARCHES - 6 - 128);
    expect([...waits]).toEqual(['1']);
    expect(refusals[0]).toEqual({
      error: 'overloaded',
      message: expect.any(String),
      retry_after: 1,
      request_id: expect.any(String),
    });
  });

  it('leave a question to the fallback ladder, with the reason overloaded', async () => {
    const repository = service.app.get(SearchRepository);
    const { promise: opened, resolve: open } = Promise.withResolvers<never[]>();
    const spy = jest.spyOn(repository, 'searchText').mockReturnValue(opened);
    const questions = Array.from({ length: SEARCHES }, (_, index) =>
      service.request<ErrorBody>('POST', '/query', { query: `What opens circuit ${index}?` }),
    );
    const answered: number[] = [];
    for (const question of questions) void question.then(({ status }) => answered.push(status));
    await until('those without room are answered', () => answered.length >= SEARCHES - 6 - 128);
    spy.mockRestore();
    open([]);
    await Promise.all(questions);
    const served = service.logs.filter(({ event }) => event === 'fallback_served');
    expect(served.some(({ reason }) => reason === 'overloaded')).toBe(true);
  });
});
