import { setTimeout as sleep } from 'node:timers/promises';
import { ask, ingest, send } from './client.ts';
import { Corpus } from './corpus.ts';
import { chooseDatabase } from './database-choice.ts';
import { compare, median, showQuantiles } from './measure.ts';
import { PacedModel } from './paced-model.ts';
import type { Row } from './report.ts';
import { startService } from './service-process.ts';
import { askStream, readStream } from './stream-client.ts';

const DOCUMENTS = 500;
const WARM_UP = 50;
const QUESTIONS = 200;
/** Until the model’s first token: the service works meanwhile. */
const MODEL_MS = 50;
/** Of an answer whose first token alone is measured. */
const FIRST_TOKENS = 5;
const TOKENS = 100;
/** 50 tokens a second for each reader, as hosted models speak. */
const GAP_MS = 20;
const AT_ONCE = 50;
const ROUNDS = 3;
/** As many passages as a question looks at. */
const CANDIDATES = 24;
const FIRST_TOKEN_BUDGET_MS = 3;
const RATE_BUDGET = 0.95;

/** What a stream of the service adds to the stream of its model: until the first token, and between the tokens. */
export async function benchmarkStreamOverhead(signal: AbortSignal): Promise<Row[]> {
  return [
    ...(await withService(
      { beforeFirst: () => sleep(MODEL_MS), tokens: FIRST_TOKENS, gapMs: GAP_MS },
      signal,
      measureFirstToken,
    )),
    ...(await withService({ tokens: TOKENS, gapMs: GAP_MS }, signal, (asked) =>
      measureRate(`${AT_ONCE} streams at once of ${1_000 / GAP_MS} tokens a second each`, asked, AT_ONCE),
    )),
    ...(await withService({ tokens: 2_000 }, signal, (asked) =>
      measureRate('one stream of a model that takes no time', asked, 1, false),
    )),
  ];
}

interface Asked {
  url: string;
  model: PacedModel;
  question: () => string;
  signal: AbortSignal;
}

async function withService(
  pace: Parameters<typeof PacedModel.start>[0],
  signal: AbortSignal,
  measure: (asked: Asked) => Promise<Row[]>,
): Promise<Row[]> {
  await using database = await chooseDatabase();
  await using model = await PacedModel.start(pace);
  await using service = await startService({ ...database.env, GENERATION_TARGETS: model.target }, signal);
  const corpus = new Corpus(DOCUMENTS);
  await ingest(service.url, corpus.documents, signal);
  return await measure({ url: service.url, model, question: () => corpus.question(), signal });
}

/** The bare stream, a search alone and a stream of the service are asked for in turn. */
async function measureFirstToken({ url, model, question, signal }: Asked): Promise<Row[]> {
  const direct: number[] = [];
  const searched: number[] = [];
  const streamed: number[] = [];
  const afterSources: number[] = [];
  for (let index = 0; index < WARM_UP; index++) await ask(url, question(), signal);
  for (let index = -WARM_UP; index < QUESTIONS; index++) {
    const bare = await readBare(model, signal);
    const search = await send(`${url}/search`, { query: question(), top_k: CANDIDATES }, signal);
    const { firstMs } = await askStream(url, question(), signal);
    if (index < 0) continue;
    direct.push(bare.firstMs);
    searched.push(search.ms);
    streamed.push(firstMs.get('token') ?? Number.NaN);
    afterSources.push((firstMs.get('token') ?? Number.NaN) - (firstMs.get('sources') ?? Number.NaN));
  }
  const row = (what: string, ms: number[]): Row => ({
    what: `${what} (${ms.length} times)`,
    value: showQuantiles(ms),
    ratio: (median(ms) / median(direct)).toFixed(2),
  });
  return [
    row('to the first token of the model’s own stream', direct),
    row('a search alone, `POST /search`', searched),
    row('to the first token of a stream of the service', streamed),
    judge('added to the first token', median(streamed) - median(direct) - median(searched)),
    judge('of it between the passages and the first token', median(afterSources) - median(direct)),
  ];
}

function judge(what: string, ms: number): Row {
  const met = ms < FIRST_TOKEN_BUDGET_MS;
  return { what, value: `p50 ${ms.toFixed(2)} ms`, budget: `< ${FIRST_TOKEN_BUDGET_MS} ms`, met };
}

/** Tokens a second, from the first one on: directly and through the service in turn. */
async function measureRate(what: string, asked: Asked, atOnce: number, isJudged = true): Promise<Row[]> {
  const { url, model, question, signal } = asked;
  const rate = async (read: () => Promise<number>) => {
    const rates = await Promise.all(Array.from({ length: atOnce }, read));
    return rates.reduce((sum, one) => sum + one, 0);
  };
  const perSecond = await compare(
    {
      direct: () => rate(async () => toRate(await readBare(model, signal))),
      service: () =>
        rate(async () => {
          const { firstMs, lastTokenMs, tokens } = await askStream(url, question(), signal);
          return toRate({ firstMs: firstMs.get('token') ?? Number.NaN, lastTokenMs, tokens });
        }),
    },
    ROUNDS,
  );
  const share = perSecond.service / perSecond.direct;
  return [
    { what: `${what}: direct`, value: `${perSecond.direct.toFixed(0)} tokens/s`, ratio: '1' },
    {
      what: `${what}: through the service`,
      value: `${perSecond.service.toFixed(0)} tokens/s`,
      ratio: share.toFixed(3),
      ...(isJudged && { budget: `≥ ${RATE_BUDGET}`, met: share >= RATE_BUDGET }),
    },
  ];
}

interface BareStream {
  firstMs: number;
  lastTokenMs: number;
  tokens: number;
}

function toRate({ firstMs, lastTokenMs, tokens }: BareStream): number {
  return ((tokens - 1) * 1_000) / (lastTokenMs - firstMs);
}

async function readBare(model: PacedModel, signal: AbortSignal): Promise<BareStream> {
  const read = { firstMs: Number.NaN, lastTokenMs: Number.NaN, tokens: 0 };
  const body = { model: 'paced', stream: true, messages: [{ role: 'user', content: 'A question?' }] };
  for await (const { data, ms } of readStream(model.chatUrl, body, signal)) {
    if (!data.includes('"content"')) continue;
    if (read.tokens++ === 0) read.firstMs = ms;
    read.lastTokenMs = ms;
  }
  return read;
}
