import { classifyError } from '../../../src/huggingface/classify.ts';
import { HuggingFaceEmbedder } from '../../../src/huggingface/embedding/embedder.ts';
import { HuggingFaceGenerator } from '../../../src/huggingface/chat/generator.ts';
import { HttpReranker } from '../../../src/huggingface/reranking/reranker.ts';
import { causeOf } from '../../../src/telemetry/cause-of.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import type { FakeRoute } from '../../support/fakes/fake-hugging-face-faults.ts';
import { useCaller, useFakeHuggingFace } from '../../support/fakes/shared-fake.ts';

const server = useFakeHuggingFace();
const other = useFakeHuggingFace();
const caller = useCaller();
const LIMITS = { firstTokenTimeoutMs: 10_000, idleTimeoutMs: 4_000 };
const asValue = (error: unknown) => error;

const calls: [FakeRoute, () => Promise<unknown>][] = [
  ['chat', generate],
  ['embed', embed],
  ['rerank', rerank],
];

function target() {
  return { name: 'fake', url: `${server.url}/v1`, model: 'm', apiKey: 'key' };
}

async function generate() {
  const generator = new HuggingFaceGenerator({ kind: 'openai', ...target() }, LIMITS, new FakeClock());
  const request = { messages: [{ role: 'user' as const, content: 'Why?' }] };
  return (await generator.generate(request, { signal: caller().signal })).text;
}

function embed() {
  const embedder = new HuggingFaceEmbedder({ kind: 'http', api: 'openai', ...target() }, new FakeClock());
  return embedder.embed(['a'], caller().signal);
}

function rerank() {
  return new HttpReranker({ ...target(), api: 'jina' }, new FakeClock()).score('a', ['a'], caller().signal);
}

const LOGIN = 'it may want a login, or the configured address is wrong';
const redirect = (status: number, location: string) =>
  ({ kind: 'status', status, body: '<html>Moved</html>', headers: { location } }) as const;

describe.each(calls)('a redirect of a call to %s', (route, call) => {
  it.each([301, 302, 303, 307, 308])(
    'with %i to another host is a failure that names the address',
    async (status) => {
      await call();
      const path = new URL(server.recorded(route).at(-1)?.path ?? '', server.url).pathname;
      server.fail(route, redirect(status, `${other.url}/new${path}?question=private#private`));
      const error = await call().catch(asValue);
      const message = `the service redirects to ${other.url}/new${path}: configure that address`;
      expect(causeOf(error)).toMatchObject({ name: 'RedirectError', message, http_status: status });
      expect(classifyError(error)).toEqual({
        outcome: 'failure',
        errorType: 'http_error',
        retry: 'never',
        nextTarget: true,
      });
      expect(other.totalSockets).toBe(0);
    },
  );

  it.each(['/signin', '/login?next=/v1/chat/completions'])(
    'to a login page is a failure that advises nobody to configure that page: %s',
    async (path) => {
      for (const location of [other.url + path, path]) {
        server.fail(route, redirect(302, location));
        const { message } = causeOf(await call().catch(asValue));
        expect(message).toMatch(
          new RegExp(`^the service redirects to http://[^?]*${path.split('?')[0]}: ${LOGIN}$`),
        );
      }
    },
  );

  it.each([301, 302, 303])(
    'with %i on the same host is a failure, because it would make a GET',
    async (status) => {
      server.fail(route, redirect(status, '/v2/there/'));
      const before = server.count(route);
      expect(causeOf(await call().catch(asValue)).message).toContain(`${server.url}/v2/there/`);
      expect(server.count(route)).toBe(before + 1);
    },
  );

  it.each([307, 308])('with %i on the same host is followed with the same request', async (status) => {
    server.script(route, [redirect(status, server.recorded(route).at(-1)?.path ?? '')]);
    expect(await call()).toBeDefined();
    const [first, second] = server.recorded(route).slice(-2);
    expect(second?.body).toEqual(first?.body);
    expect(second?.headers.authorization).toBe('Bearer key');
  });

  it('in a circle ends', async () => {
    server.fail(route, redirect(307, server.recorded(route).at(-1)?.path ?? ''));
    const before = server.count(route);
    expect(await call().catch(asValue)).toMatchObject({ name: 'Error', status: 307 });
    expect(server.count(route)).toBe(before + 4);
  });
});

describe.each(calls)('what stands in front of the service of a call to %s', (route, call) => {
  it('is named when it answers with a page', async () => {
    const headers = { 'content-type': 'text/html' };
    const body = '\n<!DOCTYPE html><title>Sign in</title>';
    server.fail(route, { kind: 'status', status: 200, body, headers });
    expect(causeOf(await call().catch(asValue))).toMatchObject({ name: 'BadResponseError', defect: 'page' });
  });
});

it.each([['javascript:alert(1)'], ['http://'], ['']])(
  'a redirect to no address is named so: %p',
  async (location) => {
    server.fail('chat', redirect(301, location));
    expect(causeOf(await generate().catch(asValue)).message).toMatch(
      /^the service redirects to (no address|http)/,
    );
  },
);

it('a redirect to a long address is named in part', async () => {
  server.fail('chat', redirect(302, `${other.url}/${'a'.repeat(5_000)}`));
  expect(String(causeOf(await generate().catch(asValue)).message).length).toBeLessThan(300);
});
