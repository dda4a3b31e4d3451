import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { sendReply, type FakeRoute, type Fault, type FaultCondition } from './fake-hugging-face-faults.ts';
import { answerFromPassage, chatReply, type FakeMessage } from './fake-hugging-face-replies.ts';
import { rerankReply } from './fake-hugging-face-scores.ts';
import { embeddingReply, embedText, type FakeEmbeddingApi } from './fake-hugging-face-vectors.ts';

/** One call as it came in. */
export interface RecordedCall {
  path: string;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

interface FakeOptions {
  /** 0, the default, takes a free one. */
  port?: number;
  /** Writes the answer of a chat; the default quotes the first numbered passage. */
  answer?: (messages: FakeMessage[]) => string;
  /** Scores a text for a question; the default counts the words that both have. */
  score?: (question: string, text: string) => number;
  /** Of the vectors; 64 by default. */
  dimension?: number;
  /** The vector of a text, of that dimension; undefined for one from the text's words. */
  embed?: (text: string) => number[] | undefined | Promise<number[]>;
  /** Leave connections open after a reply. Off by default, so that an open socket is a call that goes on. */
  keepAlive?: boolean;
}

/** What is done to the next `left` calls; without a fault they are answered. */
interface Plan {
  fault: (Fault & FaultCondition) | undefined;
  left: number;
}

const ROUTES: readonly FakeRoute[] = ['chat', 'embed', 'rerank'];
/** Bodies that are remembered per route; the count goes on. */
const MAX_RECORDED = 1_000;

/**
 * Plays Hugging Face over real sockets: chat completions (any path that ends in `/chat/completions`), and embeddings in
 * OpenAI's format (`…/embeddings`), text-embeddings-inference's (`…/embed`) and the Hugging Face API's (any other path),
 * and rerankers (`…/rerank`): Cohere's and Jina's below a version, otherwise text-embeddings-inference's.
 */
export class FakeHuggingFace {
  private readonly options: Required<FakeOptions>;
  private readonly server = createServer((request, response) => void this.serve(request, response));
  private readonly sockets = new Set<Socket>();
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private readonly calls: Record<FakeRoute, RecordedCall[]> = { chat: [], embed: [], rerank: [] };
  private readonly counts: Record<FakeRoute, number> = { chat: 0, embed: 0, rerank: 0 };
  private readonly plans: Record<FakeRoute, Plan[]> = { chat: [], embed: [], rerank: [] };
  private connections = 0;
  private turns: Promise<void> = Promise.resolve();

  constructor(options: FakeOptions = {}) {
    this.options = {
      port: 0,
      answer: answerFromPassage,
      score: countSharedWords,
      dimension: 64,
      embed: () => undefined,
      keepAlive: false,
      ...options,
    };
    this.server.on('connection', (socket: Socket) => {
      this.connections++;
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.sockets.delete(socket);
        this.changes.emit('change');
      });
    });
  }

  /** Listens, if it does not yet; after `stop()` on the same port as before. */
  async start(): Promise<this> {
    if (this.server.listening) return this;
    this.server.listen(this.options.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.options.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  /** Drops every connection and refuses new ones. */
  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  /** Without a trailing slash; known once started. */
  get url(): string {
    return `http://127.0.0.1:${this.options.port}`;
  }

  /** Connections that are open now. */
  get openSockets(): number {
    return this.sockets.size;
  }

  /** Connections that were ever opened. */
  get totalSockets(): number {
    return this.connections;
  }

  /** Calls received since the start. */
  count(route: FakeRoute): number {
    return this.counts[route];
  }

  /** The last 1,000 calls, oldest first. */
  recorded(route: FakeRoute): readonly RecordedCall[] {
    return this.calls[route];
  }

  /** Makes the next `times` calls fail; without a number all of them, until `clearFaults()`. */
  fail(route: FakeRoute, fault: Fault & FaultCondition, { times = Number.POSITIVE_INFINITY } = {}): void {
    this.plans[route] = [{ fault, left: times }];
  }

  /** Plans the next calls one by one; after them the route is healthy. */
  script(route: FakeRoute, steps: (Fault | 'ok')[]): void {
    this.plans[route] = steps.map((step) => ({ fault: step === 'ok' ? undefined : step, left: 1 }));
  }

  /** Ends the faults of a route, or of all; calls that hang go on hanging. */
  clearFaults(...routes: FakeRoute[]): void {
    for (const route of routes.length > 0 ? routes : ROUTES) this.plans[route] = [];
  }

  /** Resolves once `total` calls of the route have been received since the start. */
  async received(route: FakeRoute, total: number): Promise<void> {
    await this.until(() => this.counts[route] >= total);
  }

  /** Resolves once no connection is open. */
  async allClosed(): Promise<void> {
    await this.until(() => this.sockets.size === 0);
  }

  private async until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this.changes, 'change');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readJson(request).catch(() => undefined);
    if (request.method !== 'POST' || body === undefined) {
      response.writeHead(body === undefined ? 400 : 405, { 'content-type': 'application/json' });
      response.end('{"error":"POST JSON"}');
      return;
    }
    const path = request.url ?? '/';
    const called = path.split('?')[0] ?? '';
    const route = routeOf(called);
    const fault = this.nextFault(route, body);
    if (!this.options.keepAlive) response.setHeader('connection', 'close');
    const reply = await this.reply(route, called, body, fault);
    sendReply(response, reply, fault);
    this.counts[route]++;
    this.calls[route].push({ path, headers: request.headers, body });
    if (this.calls[route].length > MAX_RECORDED) this.calls[route].shift();
    this.changes.emit('change');
  }

  private nextFault(route: FakeRoute, body: Record<string, unknown>): Fault | undefined {
    const plan = this.plans[route][0];
    if (!plan || plan.fault?.unless?.(body)) return undefined;
    plan.left--;
    if (plan.left <= 0) this.plans[route].shift();
    return plan.fault;
  }

  private reply(route: FakeRoute, path: string, body: Record<string, unknown>, fault: Fault | undefined) {
    if (route === 'chat') return this.chat(body, fault);
    return route === 'embed' ? this.embed(path, body, fault) : this.rerank(path, body, fault);
  }

  private chat(body: Record<string, unknown>, fault: Fault | undefined) {
    const messages = Array.isArray(body['messages']) ? (body['messages'] as FakeMessage[]) : [];
    const answer = this.options.answer(messages);
    return chatReply(body, answer, fault);
  }

  private async embed(path: string, body: Record<string, unknown>, fault: Fault | undefined) {
    const api = apiOf(path);
    const input = (api === 'openai' ? body['input'] : body['inputs']) ?? [];
    const texts = [input].flat() as string[];
    const vectors = await Promise.all(texts.map(async (text) => this.options.embed(text)));
    if (fault?.kind === 'slow_texts') await this.takeTurn(texts.length * fault.everyMs);
    const given = vectors.map(
      (vector, index) => vector ?? embedText(texts[index] ?? '', this.options.dimension),
    );
    return embeddingReply(api, input as string | string[], given, fault);
  }

  /** Resolves `ms` milliseconds after the turns before it. */
  private takeTurn(ms: number): Promise<void> {
    this.turns = this.turns.then(() => setTimeout(ms));
    return this.turns;
  }

  private rerank(path: string, body: Record<string, unknown>, fault: Fault | undefined) {
    const api = path.endsWith('/v1/rerank') || path.endsWith('/v2/rerank') ? 'results' : 'tei';
    const texts = (body[api === 'tei' ? 'texts' : 'documents'] ?? []) as string[];
    return rerankReply(api, texts, (text) => this.options.score(String(body['query']), text), fault);
  }
}

function routeOf(path: string): FakeRoute {
  if (path.endsWith('/chat/completions')) return 'chat';
  return path.endsWith('/rerank') ? 'rerank' : 'embed';
}

function countSharedWords(question: string, text: string): number {
  const words = new Set(text.toLowerCase().match(/\p{L}+/gu));
  return [...new Set(question.toLowerCase().match(/\p{L}+/gu))].filter((word) => words.has(word)).length;
}

function apiOf(path: string): FakeEmbeddingApi {
  if (path.endsWith('/embeddings')) return 'openai';
  return path.endsWith('/embed') ? 'tei' : 'hf';
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
}
