import type { Command } from 'commander';
import { text as readText } from 'node:stream/consumers';
import { z } from 'zod';
import { loadConfig } from '../../config/load-config.ts';
import type { ResetReason } from '../../query/answer-stream/answer-event.ts';
import { AnswerView, type AnswerResponse } from '../answer-view.ts';
import { addJsonOption, addServiceOptions, splitPair, wholeNumber, type OutputOptions } from '../command.ts';
import { readEvents, type StreamEvent } from '../read-events.ts';
import { ServiceClient, type ServiceOptions } from '../service-client.ts';
import { ServiceCallError } from '../service-failure.ts';
import { toJson, writeOutput } from '../terminal.ts';

type Scalar = string | number | boolean | null;

interface AskOptions extends ServiceOptions, OutputOptions {
  topK?: number;
  filter?: [string, Scalar][];
  fresh?: boolean;
  live?: boolean;
}

/** Longer than the longest QUERY_DEADLINE_MS. */
const LIMITS = { limitMs: 3_700_000, maxTries: 1 };

const HELP = `
On a terminal the text appears as it is generated, and disappears when a model
breaks off and another begins. In a pipe it comes once the answer is complete,
so that nothing has to be taken back; --live streams there too. Ctrl-C stops
the answer on the server. Notice and sources belong to the answer and go to
stdout, errors to stderr. The exit code is 0 for every answer, also a degraded
one: --json has metadata.from_fallback.

Examples:
  failsoft ask 'Which answers are cached?'
  failsoft ask --filter product=pump --filter year=2024 'How do I start it?'
  echo 'Which answers are cached?' | failsoft ask -
  failsoft ask --json 'Which answers are cached?' | jq -r .answer`;

/** `failsoft ask`: asks a question and shows the answer as it comes. */
export function addAsk(program: Command): void {
  const command = program
    .command('ask')
    .summary('ask a question, with sources')
    .description('Asks a question. Shows the answer as it comes, and its sources.')
    .argument('[question...]', 'the question; - or none reads it from stdin');
  addJsonOption(addServiceOptions(command), 'print the whole response as JSON')
    .option('--top-k <number>', 'passages to answer from (default: 6)', wholeNumber(1, 20))
    .option('--filter <key=value>', 'only documents with this metadata, may be repeated', addFilter)
    .option('--fresh', 'make a new answer; take none out of a cache')
    .option('--live', 'stream although the output is no terminal')
    .addHelpText('after', HELP)
    .action(ask);
}

async function ask(words: string[], options: AskOptions, command: Command): Promise<void> {
  const service = new ServiceClient(options, loadConfig());
  const query = await readQuestion(words, command);
  const { json, topK, filter = [], fresh, live } = options;
  const init = {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(fresh && { 'cache-control': 'no-cache' }),
    },
    body: JSON.stringify({
      query,
      filter: Object.fromEntries(filter),
      stream_policy: !json && (process.stdout.isTTY || live) ? 'live' : 'whole',
      ...(topK !== undefined && { top_k: topK }),
    }),
  };
  const view = new AnswerView(process.stdout);
  try {
    const answer = await service.call('/query', init, LIMITS, ({ headers, pieces }) => {
      if (!headers.get('content-type')?.startsWith('text/event-stream')) throw service.foreignError();
      return follow(readEvents(pieces), service, json ? undefined : view);
    });
    if (json) writeOutput(toJson(answer));
  } catch (error) {
    view.endLine();
    throw error instanceof SyntaxError ? service.foreignError() : error;
  }
}

/** The events that are shown, of those in docs/api.md. */
type SentEvent =
  | { event: 'notice'; data: { notice: string } }
  | { event: 'token'; data: { text: string } }
  | { event: 'reset'; data: { reason: ResetReason; target: string } }
  | { event: 'done'; data: AnswerResponse }
  | { event: 'error'; data: { message: string } };

/** What is needed of each. */
const SCHEMAS: Record<string, z.ZodType> = {
  notice: z.object({ notice: z.string() }),
  token: z.object({ text: z.string() }),
  reset: z.object({ reason: z.string(), target: z.string() }),
  done: z.object({
    answer: z.string(),
    sources: z.array(z.object({ number: z.number(), document_id: z.string() })),
  }),
  error: z.object({ message: z.string() }),
};

/** Shows the events of an answer, and gives its response. @throws ServiceCallError, also for an error of the service */
async function follow(
  events: AsyncIterable<StreamEvent>,
  service: ServiceClient,
  view?: AnswerView,
): Promise<AnswerResponse> {
  for await (const { event, data } of events) {
    if (SCHEMAS[event]?.safeParse(data).success === false) throw service.foreignError();
    const sent = { event, data } as SentEvent;
    if (sent.event === 'error') throw new ServiceCallError(sent.data.message);
    if (sent.event === 'notice') view?.showNotice(sent.data.notice);
    if (sent.event === 'token') view?.addText(sent.data.text);
    if (sent.event === 'reset') view?.drop(sent.data.reason, sent.data.target);
    if (sent.event !== 'done') continue;
    view?.finish(sent.data);
    return sent.data;
  }
  throw service.brokenError();
}

/** The question of the command line, or of stdin. */
async function readQuestion(words: string[], command: Command): Promise<string> {
  const given = words.join(' ');
  if (given !== '' && given !== '-') return given;
  if (given === '' && process.stdin.isTTY) return command.error("error: missing argument 'question'");
  const read = (await readText(process.stdin)).trim();
  return read === '' ? command.error('error: stdin holds no question') : read;
}

/** A value as JSON where it is a number, true, false, null or a text in quotes; any other is a text. */
function addFilter(pair: string, before: [string, Scalar][] = []): [string, Scalar][] {
  const [key, text] = splitPair(pair);
  return [...before, [key, toScalar(text)]];
}

function toScalar(text: string): Scalar {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? text : (value as Scalar);
  } catch {
    return text;
  }
}
