import { QUESTIONS, RunningService } from './running-service.ts';
import type { Case, CaseGroup } from './case.ts';
import { startScriptedServer, type Received, type Scripted } from './scripted-server.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DocumentBody } from '../client.ts';

const DIMENSION = 16;
const POISON = 'unreadable';

/** A vector that depends on the text, so that search has something to compare. */
function vectorOf(text: string, dimension = DIMENSION): number[] {
  const vector = Array.from({ length: dimension }, () => 0.01);
  for (const word of text.toLowerCase().split(/\W+/)) {
    let hash = 7;
    for (const letter of word) hash = (hash * 31 + letter.charCodeAt(0)) % 1_000_003;
    vector[hash % dimension] = (vector[hash % dimension] ?? 0) + 1;
  }
  return vector;
}

const inputsOf = ({ body }: Received): string[] => [body['input'] ?? body['inputs'] ?? []].flat() as string[];
const answerOpenAi = (texts: string[], dimension?: number): Scripted => ({
  status: 200,
  body: { data: texts.map((text, index) => ({ index, embedding: vectorOf(text, dimension) })) },
});
const documents = (count: number, poisoned = -1): DocumentBody[] =>
  Array.from({ length: count }, (_, n) => ({
    id: `d${n}`,
    text: `The limit number ${n} is ${n} MB.${n === poisoned ? ` This one is ${POISON}.` : ''}`,
  }));

interface Stored {
  documents: { id: string; embedding: string }[];
}

/** How many of the documents have their vectors. */
async function countReady(service: RunningService): Promise<number> {
  const { body } = await service.send<Stored>('/documents?limit=100');
  return body.documents.filter(({ embedding }) => embedding === 'ready').length;
}

/** Documents get their vectors from a server of this kind, and a question is searched by one. */
function embeds(
  name: string,
  api: string,
  respond: (request: Received, index: number) => Scripted | Promise<Scripted>,
  { count = 40, mostCalls = 100, limitMs = 60_000 } = {},
): Case {
  return {
    name,
    expected: `${count} of ${count} documents get vectors, and the question is searched by one`,
    async run(signal) {
      await using server = await startScriptedServer(respond);
      await using service = await RunningService.start(
        { EMBEDDING_TARGETS: `${server.url}/v1?api=${api}&model=e` },
        signal,
        documents(count),
      );
      let ready = 0;
      await service
        .until('all vectors', limitMs, async () =>
          (ready = await countReady(service)) === count ? true : undefined,
        )
        .catch(() => undefined);
      const { length: calls } = server.received;
      const [answer] = await service.ask('What is the limit number 7?');
      const retrieval = answer?.metadata?.retrieval;
      const isExpected = ready === count && retrieval === 'hybrid' && calls <= mostCalls;
      return { text: `${ready} of ${count}, ${calls} calls, ${retrieval}`, isExpected };
    },
  };
}

/** One text that the server never takes, among texts that it takes. */
function isolates(name: string, reply: Scripted): Case {
  return {
    name,
    expected: '99 of 100 get vectors; the one is named with a reason in GET /documents/:id',
    async run(signal) {
      await using server = await startScriptedServer((request) => {
        const texts = inputsOf(request);
        return texts.some((text) => text.includes(POISON)) ? reply : answerOpenAi(texts);
      });
      await using service = await RunningService.start(
        { EMBEDDING_TARGETS: `${server.url}/v1?api=openai&model=e` },
        signal,
        documents(100, 42),
      );
      let ready = 0;
      await service
        .until('99 vectors', 90_000, async () =>
          (ready = await countReady(service)) >= 99 ? true : undefined,
        )
        .catch(() => undefined);
      const [answer] = await service.ask('What is the limit number 7?');
      const named = await service
        .until('the reason', 20_000, async () => {
          const { body } = await service.send<object>('/documents/d42');
          const shown = JSON.stringify({ ...body, text: undefined });
          return /http_|status|refused|50\d|4\d\d/i.test(shown) ? shown : undefined;
        })
        .catch(() => 'no reason');
      const retrieval = answer?.metadata?.retrieval;
      return {
        text: `${ready} of 100, ${retrieval}, ${named.slice(0, 200)}`,
        isExpected: ready === 99 && retrieval === 'hybrid' && named !== 'no reason',
      };
    },
  };
}

const otherDimension: Case = {
  name: 'The server gives vectors of another length than is stored',
  expected: 'questions are answered by words, and health says what differs',
  async run(signal) {
    let dimension = DIMENSION;
    await using server = await startScriptedServer((request) => answerOpenAi(inputsOf(request), dimension));
    await using service = await RunningService.start(
      { EMBEDDING_TARGETS: `${server.url}/v1?api=openai&model=e` },
      signal,
    );
    await service.until('vectors', 20_000, async () =>
      (await countReady(service)) === 1 ? true : undefined,
    );
    dimension = 24;
    const answers = await service.ask(...QUESTIONS);
    const { body } = await service.send<object>('/health');
    const retrievals = answers.map(({ metadata }) => metadata?.retrieval).join(', ');
    const isNamed = /"?24/.test(JSON.stringify(body)) && /16/.test(JSON.stringify(body));
    return {
      text: `${retrievals}; named in health: ${isNamed}`,
      isExpected: answers.every(({ metadata }) => metadata?.retrieval === 'lexical') && isNamed,
    };
  },
};

const idleConnection: Case = {
  name: 'The server ends an idle connection as a question comes',
  expected: 'the question is searched by its vector',
  async run(signal) {
    const served = new WeakSet<object>();
    await using server = await startScriptedServer((request) => (response) => {
      const { socket } = response;
      if (socket && served.has(socket)) return void socket.destroy();
      if (socket) served.add(socket);
      const texts = inputsOf(request);
      const data = texts.map((text, index) => ({ index, embedding: vectorOf(text) }));
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ data }));
    });
    await using service = await RunningService.start(
      { EMBEDDING_TARGETS: `${server.url}/v1?api=openai&model=e` },
      signal,
    );
    await service.until('vectors', 20_000, async () =>
      (await countReady(service)) === 1 ? true : undefined,
    );
    const answers = await service.ask(...QUESTIONS);
    const retrievals = answers.map(({ metadata }) => metadata?.retrieval).join(', ');
    return {
      text: retrievals,
      isExpected: answers.every(({ metadata }) => metadata?.retrieval === 'hybrid'),
    };
  },
};

const toBase64 = (vector: number[]) => Buffer.from(new Float32Array(vector).buffer).toString('base64');

/** Embedding servers as they are. */
export const embedding: CaseGroup = {
  title: 'Embedding servers',
  cases: [
    isolates('One text of a hundred is answered with 500', {
      status: 500,
      body: {
        error: {
          code: 500,
          message: 'input is too large to process. increase the physical batch size',
          type: 'server_error',
        },
      },
    }),
    isolates('One text of a hundred is answered with 400', {
      status: 400,
      body: { error: { message: 'invalid input', type: 'invalid_request_error' } },
    }),
    embeds(
      'The server needs 150 ms a text',
      'openai',
      async (request) => {
        const texts = inputsOf(request);
        await sleep(150 * texts.length);
        return answerOpenAi(texts);
      },
      { count: 100, limitMs: 90_000 },
    ),
    embeds('Places are missing in data', 'openai', (request) => ({
      status: 200,
      body: { data: inputsOf(request).map((text) => ({ embedding: vectorOf(text) })) },
    })),
    embeds('The place 0 is missing in data', 'openai', (request) => ({
      status: 200,
      body: {
        data: inputsOf(request).map((text, index) => ({
          ...(index > 0 && { index }),
          embedding: vectorOf(text),
        })),
      },
    })),
    embeds(
      'The server refuses encoding_format with 422',
      'openai',
      (request) =>
        'encoding_format' in request.body
          ? {
              status: 422,
              body: {
                detail: [
                  {
                    loc: ['body', 'encoding_format'],
                    msg: 'Extra inputs are not permitted',
                    type: 'extra_forbidden',
                  },
                ],
              },
            }
          : answerOpenAi(inputsOf(request)),
      { mostCalls: 15 },
    ),
    embeds('The vectors come in base64', 'openai', (request) => ({
      status: 200,
      body: {
        data: inputsOf(request).map((text, index) => ({ index, embedding: toBase64(vectorOf(text)) })),
      },
    })),
    embeds('The vectors come as a bare list', 'openai', (request) => ({
      status: 200,
      body: inputsOf(request).map((text) => vectorOf(text)),
    })),
    embeds(
      'The server takes eight texts a call',
      'tei',
      (request) =>
        inputsOf(request).length > 8
          ? {
              status: 413,
              body: { error: 'batch size 32 > maximum allowed batch size 8', error_type: 'Validation' },
            }
          : { status: 200, body: inputsOf(request).map((text) => vectorOf(text)) },
      { mostCalls: 16 },
    ),
    otherDimension,
    idleConnection,
  ],
};
