import autocannon from 'autocannon';
import { compare } from './measure.ts';
import { ask, ingest } from './client.ts';
import type { Row } from './report.ts';
import { makeTemporaryFolder, startServer, startService } from './service-process.ts';

const ROUNDS = 5;
const ROUND_SECONDS = 4;
const CONNECTIONS = 20;
const QUESTION = 'How long does an open circuit stay open?';
const DOCUMENT = {
  id: 'circuits',
  title: 'Circuits',
  text: 'An open circuit stays open for 30 seconds. Then it lets up to three trials through at a time.',
};

/** Cached answers a second, as the service is shipped, against a route that does nothing else than return the same body. */
export async function benchmarkCachedAnswers(signal: AbortSignal): Promise<Row[]> {
  await using folder = await makeTemporaryFolder();
  await using service = await startService({ DATA_DIR: folder.path, SEED_DOCS: 'false' }, signal);
  await ingest(service.url, [DOCUMENT], signal);
  await ask(service.url, QUESTION, signal);
  const cached = await ask(service.url, QUESTION, signal);
  if (!cached.body.metadata?.from_cache) throw new Error('the answer does not come from the cache');
  await using bare = await startServer('bench/bare-route.ts', { BODY: JSON.stringify(cached.body) }, signal);

  const perSecond = await compare(
    { bare: () => requestsPerSecond(bare.url), cached: () => requestsPerSecond(service.url) },
    ROUNDS,
  );
  const share = perSecond.cached / perSecond.bare;
  return [
    {
      what: `a bare Nest and Fastify route with the same body (${JSON.stringify(cached.body).length} bytes)`,
      value: `${perSecond.bare.toFixed(0)} /s`,
      ratio: '1',
    },
    {
      what: 'an answer from the cache, logged at `info`',
      value: `${perSecond.cached.toFixed(0)} /s`,
      ratio: share.toFixed(2),
      budget: '≥ 0.5',
      met: share >= 0.5,
    },
  ];
}

async function requestsPerSecond(url: string): Promise<number> {
  const result = await autocannon({
    url: `${url}/query`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: QUESTION }),
    connections: CONNECTIONS,
    duration: ROUND_SECONDS,
  });
  if (result.errors > 0 || result.non2xx > 0) throw new Error('not every request was answered');
  return result.requests.total / result.duration;
}
