import { databaseCommand } from './database-choice.ts';
import { benchmarkFirstByte } from './first-byte.ts';
import { benchmarkOpenLoad } from './open-load.ts';
import { runParts } from './run-parts.ts';
import { benchmarkSharedGuard } from './shared-guard.ts';
import { benchmarkUpstreamCalls } from './upstream-calls.ts';

await runParts(`${databaseCommand}npm run bench:failover`, {
  'The answer while the first target fails': {
    note: `Time to the whole answer of \`POST /query\`. With one target the excerpts answer, with two targets the second one answers.
All limits have their defaults: a hedge after 1.2 s, and the patience of a target whose usual times are known.

“First hit” are questions that were asked before the service could know of the fault: one of ten questions for refusals
and 503s, and 20 questions within a second for the slow faults. “Afterwards” are questions during the fault, five a second
for the slow faults. The ratio compares the p50 with the p50 before the fault. The bursts start one after another, because
a machine that cannot keep up with the questions meets no budget.`,
    measure: benchmarkFirstByte,
  },
  'Calls to models that all fail': {
    note: 'Every model answers 500, and the calls are counted at the models. Probes are off. The ratio is calls per question.',
    measure: benchmarkUpstreamCalls,
  },
  'A guard shared between instances': {
    note: 'The guards are those of the whole service, with the log level `info`. The shared guard has a second instance beside it.',
    measure: benchmarkSharedGuard,
  },
  'Questions while circuits are open': {
    note: `1,000 new questions a second are asked over 20 connections. The share of a core includes an embedded database and excludes
a database server. The ratio compares the processor time of one question with that of the bare route.`,
    measure: benchmarkOpenLoad,
  },
});
