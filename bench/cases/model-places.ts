import type { Case, CaseGroup } from './case.ts';
import { nameSources, QUESTIONS, RunningService, WELL } from './running-service.ts';
import { startScriptedServer, stream } from './scripted-server.ts';

/** A model below one path, which the service is told as its provider documents it. */
function finds(name: string, path: string, configured: string, env: Record<string, string> = {}): Case {
  return {
    name,
    expected: `the call goes to ${path}`,
    async run(signal) {
      await using server = await startScriptedServer((request) =>
        request.path === path && (!env['AZURE_KEY'] || request.headers['api-key'] === env['AZURE_KEY'])
          ? stream([WELL])
          : { status: 404, body: '404 page not found', type: 'text/plain' },
      );
      await using service = await RunningService.start(
        { GENERATION_TARGETS: `${server.url}${configured}`, ...env },
        signal,
      );
      const answers = await service.ask(...QUESTIONS);
      const paths = [...new Set(server.received.map((request) => request.path))].join(' ');
      return {
        text: `${nameSources(answers)}; ${paths}`,
        isExpected: answers.every(({ metadata }) => metadata?.target === 'model'),
      };
    },
  };
}

/** The guard names why the model cannot be reached. */
function names(name: string, target: (url: string) => string, cause: RegExp, status = 401): Case {
  return {
    name,
    expected: `monitoring names ${cause.source}`,
    async run(signal) {
      const location = 'https://models.example/v1/chat/completions';
      const headers: Record<string, string> = status === 301 ? { location } : {};
      await using server = await startScriptedServer(() => ({
        status,
        body: status === 301 ? '' : { error: { message: 'The key is not known', code: 'invalid_api_key' } },
        headers,
      }));
      await using service = await RunningService.start({ GENERATION_TARGETS: target(server.url) }, signal);
      await service.ask(...QUESTIONS);
      const shown = JSON.stringify(await service.guard());
      return { text: cause.exec(shown)?.[0] ?? shown.slice(0, 300), isExpected: cause.test(shown) };
    },
  };
}

/** A redirect to another origin is not followed. */
const redirects: Case = {
  name: 'The model redirects to another host',
  expected: 'nothing is sent there',
  async run(signal) {
    await using other = await startScriptedServer(() => stream([WELL]));
    await using server = await startScriptedServer(() => ({
      status: 307,
      body: '',
      headers: { location: `${other.url}/v1/chat/completions` },
    }));
    await using service = await RunningService.start(
      { GENERATION_TARGETS: `${server.url}/v1?model=m&name=model` },
      signal,
    );
    await service.ask(...QUESTIONS);
    const { length } = other.received;
    return { text: `${length} calls there`, isExpected: length === 0 };
  },
};

/** Where models stand, and what is said when they cannot be reached. */
export const modelPlaces: CaseGroup = {
  title: 'Where models stand',
  cases: [
    finds('A base without a version', '/api/paas/v4/chat/completions', '/api/paas/v4?model=m&name=model'),
    finds(
      'A base that ends in openai',
      '/v1beta/openai/chat/completions',
      '/v1beta/openai?model=m&name=model',
    ),
    finds('A base with a version', '/v1/chat/completions', '/v1/?model=m&name=model'),
    finds('The whole address', '/v1/chat/completions', '/v1/chat/completions?model=m&name=model'),
    finds(
      'A deployment that wants a version in the query and a header for its key',
      '/openai/deployments/d/chat/completions?api-version=2024-10-21',
      '/openai/deployments/d?model=m&name=model&query.api-version=2024-10-21&header.api-key=env:AZURE_KEY',
      { AZURE_KEY: 'the-key' },
    ),
    redirects,
    names(
      'The host is not known',
      () => 'http://models.invalid/v1?model=m&name=model',
      /ENOTFOUND|EAI_AGAIN/,
    ),
    names('The port is refused', () => 'http://127.0.0.1:1025/v1?model=m&name=model', /ECONNREFUSED/),
    names('The key is refused', (url) => `${url}/v1?model=m&name=model`, /401/),
    names('The address has moved to https', (url) => `${url}/v1?model=m&name=model`, /301|redirect/, 301),
  ],
};
