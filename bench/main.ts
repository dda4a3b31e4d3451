import { benchmarkCachedAnswers } from './cached.ts';
import { databaseCommand } from './database-choice.ts';
import { benchmarkExcerpts } from './excerpts.ts';
import { benchmarkGuard } from './guard.ts';
import { runParts } from './run-parts.ts';

await runParts(`${databaseCommand}npm run bench`, {
  'A guarded call': { measure: benchmarkGuard },
  'Cached answers': { measure: benchmarkCachedAnswers },
  'Answers while the circuit is open': { measure: benchmarkExcerpts },
});
