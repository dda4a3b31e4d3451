import { Command, InvalidArgumentError } from 'commander';
import { readFile } from 'node:fs/promises';
import { loadConfig } from '../config/load-config.ts';
import { addServiceOptions, createProgressBar, runCommand } from './command.ts';
import { ServiceClient, type ServiceOptions } from './service-client.ts';
import { parseQuestions, warmUp } from './warm-up.ts';

const program = addServiceOptions(new Command('warm'))
  .description('Asks a running failsoft frequent questions, so that their answers are remembered.')
  .argument('<file>', 'questions, one per line')
  .option('--concurrency <number>', 'questions asked at once', parseConcurrency, 2)
  .action(warm);

await runCommand(() => program.parseAsync());

/** The exit code is 0 when every question has a healthy answer. */
async function warm(
  file: string,
  { concurrency, ...options }: ServiceOptions & { concurrency: number },
): Promise<void> {
  const service = new ServiceClient(options, loadConfig());
  const questions = parseQuestions(await readFile(file, 'utf8'));
  const bar = createProgressBar('questions');
  bar.start(questions.length, 0);
  const advance = () => bar.increment();
  const failures: string[] = [];
  const onFailure = (question: string, reason: string) => failures.push(`${question}: ${reason}\n`);
  const summary = await warmUp(questions, service, { concurrency, advance, onFailure }).finally(() =>
    bar.stop(),
  );
  process.stderr.write(failures.join(''));
  const { answered, known, unmatched, failed } = summary;
  process.stdout.write(
    `${answered} answered, ${known} already cached, ${unmatched} without a matching document, ${failed} failed\n`,
  );
  if (failed > 0) process.exitCode = 1;
}

function parseConcurrency(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 64)
    throw new InvalidArgumentError('must be 1 to 64');
  return number;
}
