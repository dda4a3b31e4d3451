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
      note: `No question is asked twice. The heap is measured after a garbage collection. “Resident” is the whole process with its code and
buffers, and with the embedded database if there is one. The ratio compares the heap with the heap after ${show(FIRST)} questions.

- “In process” is the whole service as built, from the request to its log line and its response, without the socket. The
  benchmark answers the database statements of each question, behind the guard of the database: two short passages for
  each search, and answered questions that are discarded after 5 ms, so that they arrive faster than they are written. Of a
  thousand questions the in-process models answer 700, 200 get excerpts because generation is unavailable, and 100 get a 503.
  The same process asks the questions.
- “Over HTTP” is the built service in a process of its own, over 20 connections, with a real database and a model behind a
  socket, within a time limit. The model answers all questions at first. After that no question is answered, because every
  service is unavailable.`,
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
