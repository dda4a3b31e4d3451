import type { Command } from 'commander';
import { text as readText } from 'node:stream/consumers';
import { loadConfig } from '../../config/load-config.ts';
import type { ResetReason } from '../../query/answer-stream/answer-event.ts';
import { AnswerView, type AnswerResponse } from '../answer-view.ts';
import { addJsonOption, addServiceOptions, splitPair, wholeNumber, type OutputOptions } from '../command.ts';
import { readEvents, type StreamEvent } from '../read-events.ts';
import { ServiceClient, type ServiceOptions } from '../service-client.ts';
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
/** The passages come within that time, and then at least a comment every ten seconds. Raised, a dead connection is noticed later. */
const QUIET_LIMIT_MS = 60_000;

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
  const quiet = new AbortController();
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
    signal: quiet.signal,
  };
  const timer = setTimeout(() => quiet.abort(), QUIET_LIMIT_MS);
  const view = new AnswerView(process.stdout);
  let isBegun = false;
  try {
    const { body, headers } = await service.call('/query', init, LIMITS);
    if (!body || !headers.get('content-type')?.startsWith('text/event-stream')) throw service.foreignError();
    isBegun = true;
    const answer = await follow(
      readEvents(body, () => timer.refresh()),
      json ? undefined : view,
    );
    if (json) writeOutput(toJson(answer));
  } catch (error) {
    view.endLine();
    const isQuiet = quiet.signal.aborted;
    if (!isQuiet && (!isBegun || error instanceof AnswerError)) throw error;
    const message = isQuiet
      ? `the service at ${service.url} said nothing for ${QUIET_LIMIT_MS / 1_000} s`
      : `the connection to ${service.url} broke before the answer was complete`;
    throw new Error(message, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** The events that are shown, of those in docs/api.md. */
type SentEvent =
  | { event: 'notice'; data: { notice: string } }
  | { event: 'token'; data: { text: string } }
  | { event: 'reset'; data: { reason: ResetReason; target: string } }
  | { event: 'done'; data: AnswerResponse }
  | { event: 'error'; data: { message: string } };

/** The answer ended with an error of the service. */
class AnswerError extends Error {}

/** Shows the events of an answer, and gives its response. @throws AnswerError, or what the connection fails with */
async function follow(events: AsyncIterable<StreamEvent>, view?: AnswerView): Promise<AnswerResponse> {
  for await (const { event, data } of events) {
    const sent = { event, data } as SentEvent;
    if (sent.event === 'error') throw new AnswerError(sent.data.message);
    if (sent.event === 'notice') view?.showNotice(sent.data.notice);
    if (sent.event === 'token') view?.addText(sent.data.text);
    if (sent.event === 'reset') view?.drop(sent.data.reason, sent.data.target);
    if (sent.event !== 'done') continue;
    view?.finish(sent.data);
    return sent.data;
  }
  throw new Error('the stream has no end');
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
