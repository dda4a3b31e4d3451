import { ADMIN_TOKEN, adminOf, drillsOf } from '../../support/service/admin.ts';
import { DocumentSchemas } from '../../support/api-reference/document-schemas.ts';
import {
  document,
  examplesOf,
  operations,
  type Example,
  type Operation,
} from '../../support/api-reference/operations.ts';
import { findFaults, send, type SentRequest } from '../../support/api-reference/send.ts';
import { EventReader } from '../../support/service/event-reader.ts';
import { startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import type { AnswerBody } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const schemas = new DocumentSchemas(document);
const QUESTION = 'When does a fuse melt?';
const NEW = { 'cache-control': 'no-cache' };
/** The answer of the fallback ladder is there by then. */
const DEADLINE_MS = 30_000;
const down = { kind: 'status', status: 500 } as const;
const examples = operations
  .flatMap((operation) =>
    examplesOf(operation).map((example) => ({
      title: `${operation.id}, ${example.name}`,
      operation,
      example,
    })),
  )
  // Without a database an instance can answer once it remembers answers.
  .sort((a, b) => Number(b.example.name === 'down') - Number(a.example.name === 'down'));

describe('the examples of the description', () => {
  let scenario: Scenario;

  beforeAll(async () => {
    scenario = await startWithFake({ ADMIN_TOKEN, DRILLS_ENABLED: 'true' });
  });

  afterAll(() => scenario.close());

  beforeEach(async () => {
    scenario.fake.clearFaults();
    const store = operations.find(({ id }) => id === 'storeDocuments');
    const body = store && examplesOf(store)[0]?.body;
    expect(await scenario.service.request('POST', '/documents', body)).toMatchObject({ status: 200 });
  });

  const openStream = () => EventReader.ask(scenario.service, { query: QUESTION, resumable: true }, NEW);
  const defer = async () => {
    const { body } = await scenario.service.query(QUESTION, { defer: true }, { headers: NEW });
    return body.metadata.deferred?.id ?? '';
  };

  const takeDatabaseOut = async () => {
    await adminOf(scenario.service)('POST', '/postgres/force-state', { state: 'open' });
    return {};
  };

  /** Makes what an example is about, and returns the parameters that name it. */
  const prepare: Record<string, () => Promise<Record<string, string>>> = {
    'checkHealth, down': takeDatabaseOut,
    'checkReadiness, down': takeDatabaseOut,
    'resumeStream, resume': async () => {
      const stream = await openStream();
      await stream.rest();
      return { id: stream.id, 'Last-Event-ID': `${stream.id}.1` };
    },
    'resumeStream, end': async () => {
      const stream = await openStream();
      return { id: stream.id, 'Last-Event-ID': (await stream.rest()).at(-1)?.id ?? '' };
    },
    'stopStream, stop': async () => {
      scenario.fake.fail('chat', { kind: 'black_hole' });
      return { id: (await openStream()).id };
    },
    'readDeferredAnswer, waiting': async () => {
      scenario.fake.fail('chat', down);
      return { id: await defer() };
    },
    'readDeferredAnswer, answered': async () => {
      const { service, fake, clock } = scenario;
      fake.fail('chat', down, { times: 1 });
      const id = await defer();
      await until('the question is answered', async () => {
        await scenario.settled();
        await clock.advance(1_000);
        return (await service.request<AnswerBody>('GET', `/answers/${id}`)).status === 200;
      });
      return { id };
    },
    'endDrill, end': async () => ({
      id: (await drillsOf(scenario.service).begin('huggingface_api', 'hang')).id,
    }),
    'readPassage, json': () => findPassage(),
    'readPassage, page': () => findPassage(),
    'resumeChat, resume': async () => {
      const chat = operations.find(({ id }) => id === 'chat');
      const example = chat && examplesOf(chat)[0];
      if (!chat || !example) throw new Error('there is no example of a chat');
      const { service, fake, clock } = scenario;
      fake.fail('chat', { kind: 'black_hole' });
      const calls = fake.count('chat');
      const parameters = { ...example.parameters, 'Cache-Control': 'no-cache' };
      const { body } = await send(service.url, chat, { ...example, parameters });
      await fake.received('chat', calls + 1);
      await body?.cancel();
      await clock.advance(DEADLINE_MS);
      return {};
    },
  };

  const findPassage = async () => {
    const { body } = await scenario.service.query(QUESTION);
    return { chunk_id: body.sources[0]?.chunk_id ?? '' };
  };

  it.each(examples)('$title: the service answers as they say', async ({ title, operation, example }) => {
    const live = await prepare[title]?.();
    const request: SentRequest = {
      parameters: { ...example.parameters, ...live },
      body: example.body,
      accept: acceptOf(operation, example),
    };
    const response = await send(scenario.service.url, operation, request);
    expect(example.statuses).toContain(response.status);
    expect(await findFaults(schemas, operation, response)).toEqual([]);
    expect(response.headers.get('content-type')?.split(';')[0]).toBe(example.type);
    const drills = drillsOf(scenario.service);
    for (const { id } of (await drills.list()).running) await drills.end(id);
    for (const name of ['postgres', 'huggingface_api'])
      expect(await adminOf(scenario.service)('POST', `/${name}/reset`)).toMatchObject({ status: 200 });
  });
});

/** Both types for the protocol that asks for both, else the one of the example. */
function acceptOf({ id }: Operation, { name, type }: Example): string | undefined {
  return id === 'sendMessage' && name !== 'narrow' ? 'application/json, text/event-stream' : type;
}
