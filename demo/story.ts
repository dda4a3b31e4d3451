import { setTimeout as sleep } from 'node:timers/promises';
import { send, type AnswerBody, type Reply } from '../bench/client.ts';
import { readStream } from '../bench/stream-client.ts';
import { showHead, showNote, showStep } from './table.ts';

/** What a step is expected to end like; what is left out may be anything. */
export interface Expectation {
  status: number;
  /** Who answers: `model`, `backup`, `fresh cache`, or a rung of the ladder. */
  by?: string;
  circuit: 'closed' | 'open' | 'half-open';
  /** Words that stand in the answer. */
  says?: string;
  /** What the answer tells about a backup. */
  notice?: string;
  /** The guards whose drills it met. */
  drill?: string[] | null;
}

/** The data of an event; each has some of these. */
interface StreamBody extends Partial<AnswerBody> {
  text?: string;
  fallback_source?: string | null;
}

interface Circuit {
  state: string;
  retry_after: number | null;
}

/** The names of the first target, and of the one that stands in for it. */
export const MODEL = 'huggingface_api';
export const BACKUP = 'backup';

const POLL_MS = 50;

/** Tells the demonstration step by step, and holds every step against what was expected. */
export class Story {
  private readonly url: string;
  private readonly signal: AbortSignal;
  private step = 0;

  constructor(url: string, signal: AbortSignal) {
    this.url = url;
    this.signal = signal;
    showHead();
  }

  /** Asks a question. @throws when it does not end as expected */
  async ask(what: string, query: string, expected: Expectation): Promise<void> {
    const reply = await send<AnswerBody & { message?: string }>(`${this.url}/query`, { query }, this.signal);
    const by = nameSource(reply.body);
    await this.tell(what, reply, by, reply.body.answer ?? reply.body.message, expected);
    const notice = reply.body.metadata?.notice ?? '';
    if (by === BACKUP) showNote(`“${notice}”`);
    if (expected.notice !== undefined && notice !== expected.notice)
      throw new Error(`step ${this.step}: the notice is ${JSON.stringify(notice)}`);
    this.checkDrills(reply.body, expected);
  }

  /**
   * Asks a question as a stream, and tells when its reader saw what; the time is that of the first text. A reader of an answer
   * that is not expected of a model leaves with its first text. @throws when it does not end as expected
   */
  async stream(what: string, query: string, expected: Expectation): Promise<void> {
    const seen: string[] = [];
    let firstTextMs: number | undefined;
    let by = '';
    let text = '';
    let last: Partial<AnswerBody> = {};
    for await (const { event, data, ms } of readStream(`${this.url}/query`, { query }, this.signal)) {
      const body = JSON.parse(data) as StreamBody;
      const note = (name: string) => seen.push(`${name} after ${ms.toFixed(0)} ms`);
      if (event === 'sources' && seen.length === 0) note('passages');
      if (event === 'notice') by = body.fallback_source ?? '';
      if (event === 'reset') by = text = '';
      if (event === 'reset') note('taken back');
      if (event === 'done') by = nameSource((last = body));
      if (event !== 'token') continue;
      if (text === '') note(by || 'a model’s text');
      firstTextMs ??= ms;
      text += body.text;
      if (by === expected.by) break;
    }
    await this.tell(what, { status: 200, ms: firstTextMs ?? Number.NaN }, by, text, expected);
    showNote(seen.join(', '));
    this.checkDrills(last, expected);
  }

  /** Stores documents. @throws when it does not end as expected */
  async store(what: string, documents: object[], expected: Expectation): Promise<void> {
    const reply = await send<{ documents: { status: string }[] }>(
      `${this.url}/documents`,
      { documents },
      this.signal,
    );
    const states = reply.body.documents.map(({ status }) => status).join(', ');
    await this.tell(what, reply, '', states, expected);
  }

  /** Something happens outside of the service. */
  async happen(what: string, work: () => Promise<unknown>): Promise<void> {
    await work();
    const { state } = await this.circuit();
    showStep({ step: ++this.step, what, status: '', by: '', circuit: state, ms: '', text: '' });
  }

  /** Waits until the open time is over: the next question is a trial. */
  async untilTrial(what: string): Promise<void> {
    await this.happen(what, async () => {
      while ((await this.circuit()).retry_after) await sleep(POLL_MS, undefined, { signal: this.signal });
    });
  }

  /** Waits until a document that was stored without vectors has them. */
  async untilEmbedded(what: string, id: string): Promise<void> {
    const isPending = async () => {
      const { body } = await send<{ embedding: string }>(
        `${this.url}/documents?id=${encodeURIComponent(id)}`,
        undefined,
        this.signal,
      );
      return body.embedding !== 'ready';
    };
    await this.happen(what, async () => {
      while (await isPending()) await sleep(POLL_MS, undefined, { signal: this.signal });
    });
  }

  private checkDrills({ metadata }: Partial<AnswerBody>, { drill }: Expectation): void {
    const told = metadata?.drill?.toSorted() ?? null;
    if (drill !== undefined && JSON.stringify(told) !== JSON.stringify(drill?.toSorted() ?? null))
      throw new Error(`step ${this.step}: the answer should tell the drills ${drill} and tells ${told}`);
  }

  private async circuit(): Promise<Circuit> {
    const { body } = await send<{ circuit_breaker: Circuit }>(
      `${this.url}/health/circuit-breaker`,
      undefined,
      this.signal,
    );
    return body.circuit_breaker;
  }

  private async tell(
    what: string,
    { status, ms }: Pick<Reply<unknown>, 'status' | 'ms'>,
    by: string,
    text = '',
    expected: Expectation,
  ): Promise<void> {
    const circuit = (await this.circuit()).state;
    this.step++;
    showStep({ step: this.step, what, status, by, circuit, ms: ms.toFixed(0), text });
    const seen = { status, by, circuit };
    for (const key of ['status', 'by', 'circuit'] as const)
      if (expected[key] !== undefined && seen[key] !== expected[key])
        throw new Error(`step ${this.step}: ${key} should be ${expected[key]} and is ${seen[key]}`);
    if (!text.includes(expected.says ?? ''))
      throw new Error(`step ${this.step}: the answer does not say ${expected.says}`);
  }
}

/** Who gave an answer: a model, the backup, the cache or a rung. */
export function nameSource({ metadata }: Partial<AnswerBody>): string {
  if (!metadata) return 'nobody';
  if (metadata.fallback_source) return metadata.fallback_source + (metadata.stale ? ' (stale)' : '');
  if (metadata.from_cache) return 'fresh cache';
  return metadata.target === BACKUP ? BACKUP : 'model';
}
