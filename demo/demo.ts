import { interruption } from '../bench/service-process.ts';
import { playForConsole } from './console.ts';
import { tour } from './tour.ts';

const signal = interruption();
const isForConsole = process.argv.includes('--console');
try {
  await (isForConsole ? playForConsole(signal) : tour(signal));
  if (!isForConsole) process.stdout.write('\nEverything went as expected.\n');
} catch (error) {
  // Only an interruption ends the play.
  if (signal.aborted) process.exitCode = isForConsole ? 0 : 130;
  else process.exitCode = 1;
  const reason: unknown = signal.aborted ? signal.reason : error;
  process.stderr.write(`\n${reason instanceof Error ? reason.message : 'failed'}\n`);
}
