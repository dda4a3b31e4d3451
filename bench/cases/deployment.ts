import type { AnswerBody } from '../client.ts';
import type { Case, CaseGroup } from './case.ts';
import { ingestFolder } from './command-line.ts';
import { startProxy, type ProxyRules } from './proxy.ts';
import { RunningService } from './running-service.ts';

const PAGE = `# Limits\n\n${'The upload limit is 5 MB. '.repeat(4_000)}\n`;
const pages = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`page-${n}.md`, `${PAGE}\nPage ${n}.\n`]));

/** The command line through a proxy. */
function ingests(
  name: string,
  expected: string,
  rules: ProxyRules,
  files: Record<string, string>,
  { options = [] as string[], exitCode, shown }: { options?: string[]; exitCode: number; shown: RegExp },
): Case {
  return {
    name,
    expected,
    async run(signal) {
      await using service = await RunningService.start({}, signal, []);
      await using proxy = await startProxy(service.url, rules);
      const result = await ingestFolder(files, ['--url', proxy.url, ...options], signal);
      return {
        text: `exit ${result.exitCode}: ${result.shown.slice(-200)}`,
        isExpected: result.exitCode === exitCode && shown.test(result.shown),
      };
    },
  };
}

const slashes: Case = {
  name: 'An id with slashes behind a proxy that decodes the path',
  expected: 'it is read and deleted',
  async run(signal) {
    await using service = await RunningService.start({}, signal, [
      { id: 'handbook/faq.md', text: 'The upload limit is 5 MB.' },
    ]);
    await using proxy = await startProxy(service.url, { prefix: '/rag' });
    const url = `${proxy.url}/documents?id=${encodeURIComponent('handbook/faq.md')}`;
    const read = await fetch(url, { signal });
    const shown = await read.text();
    const deleted = await fetch(url, { method: 'DELETE', signal });
    await deleted.body?.cancel();
    return {
      text: `${read.status}, ${deleted.status}`,
      isExpected: read.status === 200 && shown.includes('handbook/faq.md') && deleted.status === 204,
    };
  },
};

const prefixed: Case = {
  name: 'A deferred question behind a path prefix',
  expected: 'its URL is right from where the caller stands',
  async run(signal) {
    await using service = await RunningService.start(
      { GENERATION_TARGETS: 'http://127.0.0.1:4/v1?model=m&name=model' },
      signal,
    );
    await using proxy = await startProxy(service.url, { prefix: '/rag' });
    const response = await fetch(`${proxy.url}/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'What is the upload limit?', defer: true }),
      signal,
    });
    const body = (await response.json()) as AnswerBody;
    const url = (body.metadata?.deferred as { url?: string } | null | undefined)?.url ?? '';
    const resolved = new URL(url, `${proxy.url}/query`);
    const found = await fetch(resolved, { signal });
    await found.body?.cancel();
    return { text: `${url} gives ${found.status}`, isExpected: url !== '' && found.status < 300 };
  },
};

/** Proxies in front of the service. */
export const deployment: CaseGroup = {
  title: 'Behind proxies',
  cases: [
    ingests(
      'The proxy takes bodies of 1 MB',
      'every document is stored, in smaller batches',
      { maxBodyBytes: 1_000_000 },
      pages(40),
      { exitCode: 0, shown: /40 created.*0 failed/ },
    ),
    ingests(
      'The proxy takes bodies of 1 MB, and one document is larger',
      'the others are stored, and the large one is named',
      { maxBodyBytes: 1_000_000 },
      { ...pages(5), 'large.md': PAGE.repeat(12) },
      { exitCode: 1, shown: /large\.md.*5 created.*1 failed|5 created.*1 failed.*large\.md/ },
    ),
    ingests(
      'A login page answers in place of the service',
      'the run ends with a line that says so',
      { wantsHeader: 'x-gateway-key' },
      pages(1),
      { exitCode: 1, shown: /HTML|page|login|not failsoft/i },
    ),
    ingests('A gateway wants a header', 'it is sent', { wantsHeader: 'x-gateway-key' }, pages(2), {
      options: ['--header', 'X-Gateway-Key: k'],
      exitCode: 0,
      shown: /2 created/,
    }),
    slashes,
    prefixed,
  ],
};
