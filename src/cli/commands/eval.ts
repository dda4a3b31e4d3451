import { Option, type Command } from 'commander';
import { loadConfig } from '../../config/load-config.ts';
import {
  addJsonOption,
  addServiceOptions,
  createProgressBar,
  ExitCode,
  wholeNumber,
  type OutputOptions,
} from '../command.ts';
import { readText } from '../document-files.ts';
import { evaluateSearch, parseJudgedQuestions, type SearchMode } from '../evaluation.ts';
import { ServiceClient, type ServiceOptions } from '../service-client.ts';
import { formatTable, print, writeError, writeOutput } from '../terminal.ts';

interface EvalOptions extends ServiceOptions, OutputOptions {
  mode: SearchMode;
  concurrency: number;
  misses?: boolean;
}

const HELP = `
A line of the file is {"text": "the question", "qrels": {"id of a document": 1}}
with the documents that answer the question; a higher grade says that a document
answers better. Recall@10 is the share of these documents that is among the
first ten, nDCG@10 also judges their order, and MRR@10 is 1 through the rank of
the first. A search is degraded when it found by less than what was asked for,
such as by words alone because the embedding host is out.

The exit code is 0 when no search failed.

Examples:
  failsoft eval questions.jsonl
  failsoft eval questions.jsonl --mode lexical --misses
  failsoft eval questions.jsonl --json | jq .recall_at_10`;

/** `failsoft eval`: measures how well a running service finds the documents that answer questions. */
export function addEval(program: Command): void {
  const command = program
    .command('eval')
    .summary('measure how well your documents are found')
    .description('Measures how well a running failsoft finds the documents that answer your questions.')
    .argument('<file>', 'questions in JSON, one a line');
  addJsonOption(addServiceOptions(command))
    .addOption(
      new Option('--mode <mode>', 'how it searches')
        .choices(['hybrid', 'vector', 'lexical'])
        .default('hybrid'),
    )
    .option('--misses', 'list the questions of which no document was found')
    .option('--concurrency <number>', 'searches at once', wholeNumber(1, 64), 2)
    .addHelpText('after', HELP)
    .action(evaluate);
}

async function evaluate(
  file: string,
  { mode, concurrency, misses, json, ...options }: EvalOptions,
): Promise<void> {
  const service = new ServiceClient(options, loadConfig());
  const questions = parseJudgedQuestions(await readText(file));
  const bar = createProgressBar('questions');
  bar.start(questions.length, 0);
  const result = await evaluateSearch(questions, service, {
    mode,
    concurrency,
    advance: () => bar.increment(),
  }).finally(() => bar.stop());
  const shown = {
    mode,
    questions: result.questions,
    recall_at_10: result.recallAt10,
    ndcg_at_10: result.ndcgAt10,
    mrr_at_10: result.mrrAt10,
    hit_at_1: result.hitAt1,
    p50_ms: result.p50Ms,
    p99_ms: result.p99Ms,
    degraded: result.degraded,
    failed: result.failed,
    missed: result.missed,
  };
  print(json, shown, () =>
    formatTable(
      [],
      [
        ['Questions', String(result.questions)],
        ['Recall@10', showShare(result.recallAt10)],
        ['nDCG@10', showShare(result.ndcgAt10)],
        ['MRR@10', showShare(result.mrrAt10)],
        ['Hit@1', showShare(result.hitAt1)],
        ['Time', `p50 ${result.p50Ms.toFixed(0)} ms, p99 ${result.p99Ms.toFixed(0)} ms`],
        ['Degraded', String(result.degraded)],
        ['Failed', String(result.failed)],
        ['Missed', String(result.missed.length)],
      ],
    ),
  );
  if (misses && !json) for (const question of result.missed) writeOutput(`  ${question}`);
  if (result.questions > 0 && result.missed.length === result.questions)
    writeError('nothing expected was found: are the ids those of `failsoft documents list`?');
  if (result.failed > 0) process.exitCode = ExitCode.failed;
}

/** A share to three places; a dash when no search has worked. */
function showShare(share: number): string {
  return Number.isNaN(share) ? '–' : share.toFixed(3);
}
