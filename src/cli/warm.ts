import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import { readFile } from 'node:fs/promises';
import { ConfigError, loadConfig } from '../config/load-config.ts';
import { describeFailure } from './describe-failure.ts';
import { serviceUrl } from './service-url.ts';
import { parseQuestions, warmUp } from './warm-up.ts';

const program = new Command('warm')
  .description('Asks a running failsoft frequent questions, so that their answers are remembered.')
  .argument('<file>', 'questions, one per line')
  .option('--url <url>', 'a running failsoft (default: where the environment says it listens)')
  .option('--concurrency <number>', 'questions asked at once', parseConcurrency, 2)
  .parse();

try {
  process.exitCode = await run(program.args[0] ?? '', program.opts<{ url?: string; concurrency: number }>());
} catch (error) {
  process.exitCode = 1;
  const lines = error instanceof ConfigError ? error.faults : [describeFailure(error)];
  for (const line of lines) process.stderr.write(`${line}\n`);
}

/** @returns the exit code: 0 when every question has a healthy answer */
async function run(
  file: string,
  { url, concurrency }: { url?: string; concurrency: number },
): Promise<number> {
  const questions = parseQuestions(await readFile(file, 'utf8'));
  const bar = new SingleBar({
    format: '{bar} {value}/{total} questions, {eta_formatted} left',
    clearOnComplete: true,
  });
  bar.start(questions.length, 0);
  const advance = () => bar.increment();
  const target = serviceUrl(url, loadConfig);
  const failures: string[] = [];
  const onFailure = (question: string, reason: string) => failures.push(`${question}: ${reason}\n`);
  const summary = await warmUp(questions, target, { concurrency, advance, onFailure }).finally(() =>
    bar.stop(),
  );
  process.stderr.write(failures.join(''));
  const { answered, known, unmatched, failed } = summary;
  process.stdout.write(
    `${answered} answered, ${known} already cached, ${unmatched} without a matching document, ${failed} failed\n`,
  );
  return failed > 0 ? 1 : 0;
}

function parseConcurrency(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 64)
    throw new InvalidArgumentError('must be 1 to 64');
  return number;
}
