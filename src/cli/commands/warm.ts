import type { Command } from 'commander';
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
import { ServiceClient, type ServiceOptions } from '../service-client.ts';
import { print, writeError } from '../terminal.ts';
import { parseQuestions, warmUp } from '../warm-up.ts';

const HELP = `
Lines that begin with # are comments. The exit code is 0 when every question has
a healthy answer.

Examples:
  failsoft warm questions.txt
  failsoft warm questions.txt --url http://new:3000 --concurrency 8`;

/** `failsoft warm`: has frequent questions answered ahead of time. */
export function addWarm(program: Command): void {
  const command = program
    .command('warm')
    .summary('have frequent questions answered and remembered')
    .description('Asks a running failsoft frequent questions, so that their answers are remembered.')
    .argument('<file>', 'questions, one per line');
  addJsonOption(addServiceOptions(command))
    .option('--concurrency <number>', 'questions asked at once', wholeNumber(1, 64), 2)
    .addHelpText('after', HELP)
    .action(warm);
}

async function warm(
  file: string,
  { concurrency, json, ...options }: ServiceOptions & OutputOptions & { concurrency: number },
): Promise<void> {
  const service = new ServiceClient(options, loadConfig());
  const questions = parseQuestions(await readText(file));
  const bar = createProgressBar('questions');
  bar.start(questions.length, 0);
  const advance = () => bar.increment();
  const failures: string[] = [];
  const onFailure = (question: string, reason: string) => failures.push(`${question}: ${reason}`);
  const summary = await warmUp(questions, service, { concurrency, advance, onFailure }).finally(() =>
    bar.stop(),
  );
  for (const failure of failures) writeError(failure);
  const { answered, known, unmatched, failed } = summary;
  print(
    json,
    summary,
    () =>
      `${answered} answered, ${known} already cached, ${unmatched} without a matching document, ${failed} failed`,
  );
  if (failed > 0) process.exitCode = ExitCode.failed;
}
