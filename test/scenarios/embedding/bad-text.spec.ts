import { describeWithEmbedder } from '../../support/scenarios/describe-scenario.ts';
import type { Fault } from '../../support/fakes/fake-hugging-face-faults.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { metadata } from '../../support/scenarios/expected.ts';
import { until } from '../../support/until.ts';

const REASON = '2 chunks wait for vectors, because embedding_ingest may not be called';
const MINUTE_MS = 60_000;
const TOO_LARGE = 'input is too large to process. increase the physical batch size';

interface Document {
  embedding: string;
  refused_chunks?: object[];
}
interface Health {
  status: string;
  details: { embedding: Record<string, unknown> };
}

const answers = (code: number, body: object): Fault => ({ kind: 'status', status: code, body });
const upstream = (code: number) => ({
  name: 'UpstreamError',
  message: `the service answered with status ${code}`,
  http_status: code,
});
const badResponse = (defect: string) => ({
  name: 'BadResponseError',
  message: `the service gave a bad answer (${defect})`,
});

describeWithEmbedder(
  'one text among 100 of which the embedding service makes no vector',
  (scenario, embedder) => {
    const get = async (id: string) =>
      (await scenario.service.request<Document>('GET', `/documents/${id}`)).body;
    const guards = async () =>
      Promise.all(
        ['embedding_api', 'embedding_ingest'].map(async (name) => {
          const { state, fail_count } = await scenario.service.guard(name);
          return { state, fail_count };
        }),
      );

    it.each<[string, Fault, object]>([
      ['is answered with 500', answers(500, { error: { code: 500, message: TOO_LARGE } }), upstream(500)],
      ['is answered with 400', answers(400, { error: { message: 'invalid input' } }), upstream(400)],
      [
        'is answered with 413',
        answers(413, { error: 'inputs must have less than 512 tokens' }),
        upstream(413),
      ],
      ['is answered with 422', answers(422, {}), upstream(422)],
      ['has numbers that are none', { kind: 'nan' }, badResponse('malformed')],
      ['has values that are null', { kind: 'null_values' }, badResponse('not_finite')],
    ])('costs no other text and no question its vector when it %s', async (what, fault, cause) => {
      const { service, clock } = scenario;
      const name = what.replaceAll(' ', '-');
      const documents = Array.from({ length: 100 }, (_, number) => ({
        id: `${name}-${number}`,
        text: number === 41 ? `poison ${name}` : `Crate ${name} ${number} stands on a shelf.`,
      }));
      const bad = `${name}-41`;
      embedder.fail('embed', {
        ...fault,
        unless: ({ input }) => ![input].flat().join('\n').includes('poison'),
      });
      const logged = service.logs.length;
      const stored = service.ingest(documents);
      for (let question = 0; question < 5; question++) {
        const { body } = await service.query(circuitQuestion(Math.floor(embedder.count('embed')) + 10_000));
        expect(body.metadata).toEqual(metadata());
      }
      const pending = (await stored).filter(({ embedding }) => embedding === 'pending').map(({ id }) => id);
      expect(pending).toEqual([bad]);
      expect(await guards()).toEqual([
        { state: 'closed', fail_count: 0 },
        { state: 'closed', fail_count: 0 },
      ]);
      const chunk = { chunk_id: expect.any(String), ordinal: 0, heading: null };
      const refusal = { cause, attempts: 1, refused_at: expect.any(String), retry_at: expect.any(String) };
      expect(await get(bad)).toMatchObject({
        embedding: 'pending',
        refused_chunks: [{ ...chunk, ...refusal }],
      });
      expect(await get(`${name}-40`)).toMatchObject({ embedding: 'ready' });
      expect(await get(`${name}-40`)).not.toHaveProperty('refused_chunks');
      const lines = service.logs.slice(logged).filter(({ event }) => event === 'chunk_not_embedded');
      expect(lines).toMatchObject([{ level: 'warn', document_id: bad, attempts: 1, cause }]);

      const calls = embedder.count('embed');
      embedder.clearFaults();
      await until('the text has its vector', async () => {
        await clock.advance(MINUTE_MS);
        return (await get(bad)).embedding === 'ready';
      });
      expect(await get(bad)).not.toHaveProperty('refused_chunks');
      expect(embedder.count('embed')).toBeLessThan(calls + 10);
      await scenario.settled();
    });
  },
);

describeWithEmbedder('an embedding service that fails for chunks alone', (scenario, embedder) => {
  it('degrades the health report with the number of chunks that wait, and costs no question its vector', async () => {
    const { service, clock } = scenario;
    const isQuestion = (input: unknown) => String(input).includes('?');
    embedder.fail('embed', { kind: 'status', status: 502, unless: ({ input }) => isQuestion(input) });
    await service.ingest([
      { id: 'harp', text: 'The harp stands in the cellar.' },
      { id: 'oboe', text: 'The oboe was sold.' },
    ]);
    await until('the circuit has opened', async () => {
      await clock.advance(5_000);
      return (await service.guard('embedding_ingest')).state === 'open';
    });
    await scenario.settled();
    expect((await service.query(circuitQuestion(20_000))).body.metadata).toEqual(metadata());
    const { status, body } = await service.request<Health>('GET', '/health');
    expect({ status, health: body.status, embedding: body.details.embedding }).toEqual({
      status: 200,
      health: 'degraded',
      embedding: {
        status: 'degraded',
        reason: REASON,
        targets: { embedding_api: 'closed' },
        ingestion: {
          targets: { embedding_ingest: 'open' },
          waiting_chunks: 2,
        },
      },
    });
    expect(await service.request('GET', '/health/ready')).toMatchObject({
      status: 200,
      body: { status: 'ok' },
    });
    embedder.clearFaults();
    await until('the vectors are there', async () => {
      await clock.advance(5_000);
      await scenario.settled();
      return (await service.request<Health>('GET', '/health')).body.status === 'ok';
    });
  });
});
