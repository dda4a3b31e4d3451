import { connectMcp, eras } from '../../support/protocols/mcp-client.ts';
import { describeScenario, describeWithEmbedder } from '../../support/scenarios/describe-scenario.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { attempt, excerpts, metadata } from '../../support/scenarios/expected.ts';
import { startService, type AnswerBody } from '../../support/service/service.ts';

interface Found {
  results: { id: string; text: string }[];
  retrieval: string;
  notice: string | null;
}

const down = { kind: 'status', status: 500 } as const;

describeScenario('MCP while the model fails', {}, (scenario) => {
  it.each(eras)('asks, and says that the answer is excerpts (%s)', async (era) => {
    const { service, fake } = scenario;
    const mcp = await connectMcp(service, era);
    fake.fail('chat', down, { times: 1 });
    const { found, isError } = await mcp.call<AnswerBody>('ask', {
      query: `When does the circuit open, ${era}?`,
    });
    expect(isError).toBe(false);
    expect(found?.metadata).toEqual(excerpts('generation_failed_no_cache', [attempt('failure')]));
    expect(found?.answer).toContain('temporarily unavailable');
    await mcp.client.close();
  });

  it.each(eras)('ends the call to the model when the caller has gone (%s)', async (era) => {
    const { service, fake, settled } = scenario;
    const mcp = await connectMcp(service, era);
    fake.fail('chat', { kind: 'black_hole' }, { times: 1 });
    const calls = fake.count('chat');
    const caller = new AbortController();
    const query = circuitQuestion(1_000 + calls);
    const asked = mcp.call('ask', { query }, { signal: caller.signal });
    asked.catch(() => undefined);
    await fake.received('chat', calls + 1);
    caller.abort();
    // A client of the handshake says so in a request of its own, and leaves the connection to its end.
    if (era === 'legacy') await mcp.client.close();
    await expect(asked).rejects.toThrow(/abort|closed/i);
    await settled();
    expect(service.logs.filter(({ event }) => event === 'internal_error')).toEqual([]);
    expect(service.logs).toContainEqual(
      expect.objectContaining({ event: 'circuit_failure', outcome: 'ignored', error_type: 'cancelled' }),
    );
    await mcp.client.close();
    const next = await connectMcp(service, era);
    const { found } = await next.call<AnswerBody>('ask', { query: circuitQuestion(2_000 + calls) });
    expect(found?.metadata).toEqual(metadata());
    await next.client.close();
  });
});

describeWithEmbedder('MCP while every model fails', (scenario, embedder) => {
  it('searches by words, and says so', async () => {
    const { service, fake } = scenario;
    const mcp = await connectMcp(service);
    fake.fail('chat', down);
    embedder.fail('embed', down);
    const { found } = await mcp.call<Found>('search', { query: 'circuit failures' });
    expect(found).toMatchObject({ retrieval: 'lexical', notice: expect.stringContaining('by words alone') });
    expect(found?.results[0]?.text).toBe(handbook[0]?.text);
    const read = await mcp.call<Found>('fetch', { id: found?.results[0]?.id });
    expect(read.isError).toBe(false);
    await mcp.client.close();
  });
});

describe('MCP while the database was never reachable', () => {
  it('gives errors that name the time to wait', async () => {
    const service = await startService({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' });
    const mcp = await connectMcp(service);
    const calls = [
      ['search', { query: 'circuit' }],
      ['fetch', { id: '1' }],
      ['ask', { query: 'When does the circuit open?' }],
    ] as const;
    for (const [tool, args] of calls)
      expect(await mcp.call(tool, args)).toEqual({
        found: undefined,
        isError: true,
        text: expect.stringMatching(
          /temporarily unavailable\. Please try again shortly\. Retry after \d+ seconds\.$/,
        ),
        meta: {
          'failsoft/error': {
            error: 'service_unavailable',
            retry_after: expect.any(Number),
            request_id: expect.any(String),
          },
        },
      });
    await mcp.client.close();
    await service.close();
  });
});
