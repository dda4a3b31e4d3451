import { databaseCommand } from './database-choice.ts';
import { benchmarkFirstByte } from './first-byte.ts';
import { benchmarkOpenLoad } from './open-load.ts';
import { runParts } from './run-parts.ts';
import { benchmarkSharedGuard } from './shared-guard.ts';
import { benchmarkUpstreamCalls } from './upstream-calls.ts';

await runParts(`${databaseCommand}npm run bench:failover`, {
  'The answer while the first target fails': {
    note: `Time to the whole answer of \`POST /query\`; nothing is streamed yet, so it is also the time to the first useful byte. With
one target the excerpts answer, with two the second one. All limits are as shipped: company after 1.2 s of silence,
10 s to the first token and between two. “First hit” are questions asked when the service could not know of the fault:
among refusals and 503s one of ten questions, of the slow faults 20 within a second. “Afterwards” are those that follow
while the fault goes on, for the slow faults five a second. The ratio is the p50’s to that before. The bursts begin one after
another, since a machine that cannot keep up with the questions keeps no budget: four bursts of 40 at once, beside other
work, took up to 6.9 s with two targets of which the first hangs.`,
    measure: benchmarkFirstByte,
  },
  'Calls to models that all fail': {
    note: 'Every model answers 500; the calls are counted there, without probes. The ratio is calls per question.',
    measure: benchmarkUpstreamCalls,
  },
  'A guard shared between instances': {
    note: 'Guards of the whole service, logged at `info`; the shared one has a second instance beside it.',
    measure: benchmarkSharedGuard,
  },
  'Questions while circuits are open': {
    note: `1,000 new questions a second are asked over 20 connections. The share of a core is the service’s own, with an embedded
database’s and without a server’s. The ratio is the processor time of one question to that of the bare route.`,
    measure: benchmarkOpenLoad,
  },
});
