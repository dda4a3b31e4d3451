import { benchmarkCachedAnswers } from './cached.ts';
import { benchmarkExcerpts } from './excerpts.ts';
import { benchmarkGuard } from './guard.ts';
import { toResultTable, writeReport } from './report.ts';
import { interruption } from './service-process.ts';

const parts = {
  'A guarded call': benchmarkGuard,
  'Cached answers': benchmarkCachedAnswers,
  'Answers while the circuit is open': benchmarkExcerpts,
};

const signal = interruption();
const missed: string[] = [];
for (const [title, benchmark] of Object.entries(parts)) {
  const rows = await benchmark(signal);
  await writeReport(title, 'npm run bench', toResultTable(rows));
  missed.push(...rows.filter(({ met }) => met === false).map(({ what }) => what));
}
if (missed.length > 0) process.stdout.write(`\nOver budget: ${missed.join('; ')}\n`);
