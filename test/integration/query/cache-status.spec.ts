import { warmUp } from '../../../src/cli/warm-up.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { clientOf } from '../../support/cli/service-client.ts';
import { startService, type Service } from '../../support/service/service.ts';

const NOT_REMEMBERED = 'answered, but not remembered: something it needs is out, or the cache keeps nothing';

/** Has one question answered ahead of time, and gives the counts with the reason of a failure. */
async function warm({ url }: Service, question: string) {
  const reasons: string[] = [];
  const summary = await warmUp([question], clientOf({ url }), {
    concurrency: 1,
    advance: () => undefined,
    onFailure: (_, reason) => reasons.push(reason),
  });
  return { ...summary, reasons };
}

describe('the Cache-Status header', () => {
  it.each([
    ['is never fresh but may be served stale', { CACHE_TTL_SECONDS: '0' }],
    ['is fresh for an hour but never served stale', { CACHE_STALE_SECONDS: '0' }],
  ])('says that an answer is stored that %s', async (_, env) => {
    const service = await startService(env);
    await service.ingest(handbook);
    const { headers } = await service.query(circuitQuestion(1));
    expect(headers.get('cache-status')).toBe('failsoft; fwd=miss; stored');
    expect(await warm(service, circuitQuestion(2))).toMatchObject({ answered: 1, failed: 0, reasons: [] });
    await service.close();
  });

  it('does not say that an answer is stored that is neither fresh nor served stale, and warming fails', async () => {
    const service = await startService({ CACHE_TTL_SECONDS: '0', CACHE_STALE_SECONDS: '0' });
    await service.ingest(handbook);
    for (let time = 0; time < 2; time++) {
      const { status, headers } = await service.query(circuitQuestion(1));
      expect(status).toBe(200);
      expect(headers.get('cache-status')).toBe('failsoft; fwd=miss');
    }
    expect(await warm(service, circuitQuestion(2))).toMatchObject({
      answered: 0,
      failed: 1,
      reasons: [NOT_REMEMBERED],
    });
    await service.close();
  });
});
