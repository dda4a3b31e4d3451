import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** What every healthy answer says, in sixty words. */
export const ANSWER =
  'Nobody notices a gateway while its provider is well, for then any pipe would do. Trust is decided on bad days: ' +
  'when calls are refused, when streams fall silent, when half an answer looks whole. A gateway that notices, turns ' +
  'to another model, tells what it did and comes back later has shown its worth to everybody who had waited.';
/** A question whose answer that is. */
export const QUESTION = 'Why does a gateway earn trust only when its provider fails?';

const WORDS = ANSWER.split(' ');
/** Between two words of an answer. */
const WORD_MS = 15;

/** How one call is answered. */
export type Reply =
  | { kind: 'error'; status: number; code: string; message: string; headers?: Record<string, string> }
  /** The connection is reset before any byte of an answer. */
  | { kind: 'reset' }
  /** No byte comes for that long, after which the connection is closed. */
  | { kind: 'silence'; ms: number }
  | {
      kind: 'answer';
      /** Between the headers and the first word. */
      firstAfterMs?: number;
      /** The words before the connection is closed without an end, after `silentMs` of silence. */
      breakAfter?: number;
      silentMs?: number;
      /** The words before an event that is no JSON. */
      malformedAfter?: number;
      /** The stream ends properly, without `[DONE]`. */
      isWithoutDone?: boolean;
    };

/** Says how a call is answered: the first call of a model has the number 1, and `atMs` counts from the last `reset`. */
export type Fault = (call: { number: number; atMs: number; lastRole: string }) => Reply;

/** A call as the provider saw it. */
export interface ProviderCall {
  model: string;
  atMs: number;
  /** Words of all messages. */
  promptWords: number;
  reply: Reply;
}

interface ChatBody {
  model: string;
  messages: { role: string; content: string }[];
  stream?: boolean;
  stream_options?: { include_usage?: boolean };
}

/** A provider of chat completions over real sockets whose models each have a fault; models without one are healthy. */
export class FakeProvider implements AsyncDisposable {
  /** The calls since the last `reset`. */
  calls: ProviderCall[] = [];
  private readonly faults: Record<string, Fault>;
  private startedAt = performance.now();
  private readonly stopping = new AbortController();
  private readonly server = createServer((request, response) => {
    // A caller that leaves and a provider that is stopped both end the answer.
    this.serve(request, response).catch(() => response.destroy());
  });

  constructor(faults: Record<string, Fault>) {
    this.faults = faults;
  }

  async start(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  /** Without a trailing slash; known once started. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Forgets all calls, and begins the time of the faults. */
  reset(): void {
    this.calls = [];
    this.startedAt = performance.now();
  }

  callsOf(model: string): ProviderCall[] {
    return this.calls.filter((call) => call.model === model);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopping.abort();
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await json(request)) as ChatBody;
    const { model, messages } = body;
    const atMs = performance.now() - this.startedAt;
    const number = this.callsOf(model).length + 1;
    const reply = this.faults[model]?.({ number, atMs, lastRole: messages.at(-1)?.role ?? '' }) ?? {
      kind: 'answer',
    };
    const promptWords = messages.flatMap(({ content }) => content.split(/\s+/)).length;
    this.calls.push({ model, atMs, promptWords, reply });
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const pause = (ms: number) =>
      sleep(ms, undefined, { signal: AbortSignal.any([this.stopping.signal, gone.signal]) });
    switch (reply.kind) {
      case 'error': {
        const { status, code, message, headers } = reply;
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        response.end(JSON.stringify({ error: { message, type: 'error', param: null, code } }));
        return;
      }
      case 'reset':
        response.socket?.resetAndDestroy();
        return;
      case 'silence':
        await pause(reply.ms);
        response.destroy();
        return;
      default:
        await stream(response, body, promptWords, reply, pause);
    }
  }
}

async function stream(
  response: ServerResponse,
  { model, stream_options }: ChatBody,
  promptWords: number,
  { firstAfterMs = 0, breakAfter, silentMs = 0, malformedAfter, isWithoutDone }: Reply & { kind: 'answer' },
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  const send = (data: string) => response.write(`data: ${data}\n\n`);
  const chunk = (choices: object[], more = {}) =>
    send(JSON.stringify({ id: 'completion', object: 'chat.completion.chunk', model, choices, ...more }));
  const say = (delta: object, finish_reason: string | null = null) =>
    chunk([{ index: 0, delta, finish_reason }]);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  await pause(firstAfterMs);
  say({ role: 'assistant', content: '' });
  for (const [index, word] of WORDS.entries()) {
    if (index === breakAfter) {
      await pause(silentMs);
      response.destroy();
      return;
    }
    if (index === malformedAfter) send('{"choices": [{"delta": {"content": ');
    say({ content: index === 0 ? word : ` ${word}` });
    await pause(WORD_MS);
  }
  say({}, 'stop');
  const usage = {
    prompt_tokens: promptWords,
    completion_tokens: WORDS.length,
    total_tokens: promptWords + WORDS.length,
  };
  if (stream_options?.include_usage) chunk([], { usage });
  response.end(isWithoutDone ? '' : 'data: [DONE]\n\n');
}
