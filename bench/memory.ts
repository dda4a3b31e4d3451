import { parseArgs } from 'node:util';
import { databaseCommand } from './database-choice.ts';
import { askInProcess, type MemorySample } from './memory-in-process.ts';
import { askOverHttp } from './memory-over-http.ts';
import type { Row } from './report.ts';
import { runParts } from './run-parts.ts';

/** Fills everything that is bounded by its number of entries. */
const FIRST = 10_000;
/** What the heap may be larger by: a history of calls is cut when it has twice the length that is looked at. */
const TOLERANCE = 1.1;
const MINUTE_MS = 60_000;
const MIB = 1024 ** 2;

const { values } = parseArgs({ options: { questions: { type: 'string', default: '1000000' } } });
const questions = Number(values.questions);
if (!Number.isSafeInteger(questions) || questions <= FIRST)
  throw new Error(`--questions takes a number above ${FIRST}`);

await runParts(
  `${databaseCommand}npm run bench:memory${questions === 1_000_000 ? '' : ` -- --questions ${questions}`}`,
  {
    'Memory by distinct questions': {
      note: `No question is asked twice. The heap is taken after everything was cleared away that nothing refers to; what is resident
is the whole process with its code and buffers, and an embedded database if there is one. The ratio is the heap’s to that after ${show(FIRST)}.

- In process: the whole service as built, from the request to its log line and its response, but for the socket. Only
  the statements of each question are answered by the benchmark, behind the database’s guard: two short passages to each search,
  and earlier questions that are thrown away after 5 ms, so that they come faster than they go. Of a thousand questions
  700 are answered by the in-process models, 200 get excerpts since generation is out, and 100 get the 503. The process
  is also the one that asks.
- Over HTTP: the built service in a process of its own, over 20 connections, with a real database and a model behind a
  socket, for as long as there was time. All questions are answered by the model first, and then none since everything is out.`,
      measure: async (signal) => [
        ...toRows('in process', await askInProcess([FIRST, Math.ceil(questions / 10), questions], signal)),
        ...toRows(
          'over HTTP',
          await askOverHttp(
            [
              { questions: FIRST, maxMs: 10 * MINUTE_MS, status: '2xx' },
              { questions: questions / 20, maxMs: 3 * MINUTE_MS, status: '2xx' },
              { questions: questions / 4, maxMs: 3 * MINUTE_MS, status: '5xx' },
            ],
            signal,
          ),
        ),
      ],
    },
  },
);

function toRows(how: string, samples: MemorySample[]): Row[] {
  const [first] = samples;
  return samples.map((sample) => {
    const ratio = sample.heap / (first?.heap ?? sample.heap);
    return {
      what: `${how}: after ${show(sample.questions)}`,
      value: `heap ${(sample.heap / MIB).toFixed(1)} MiB, resident ${(sample.resident / MIB).toFixed(0)} MiB`,
      ratio: ratio.toFixed(2),
      ...(sample !== first && { budget: `≤ ${TOLERANCE}`, met: ratio <= TOLERANCE }),
    };
  });
}

function show(count: number): string {
  return count.toLocaleString('en');
}
