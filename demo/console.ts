import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ingest, send, type AnswerBody } from '../bench/client.ts';
import { documents } from './documents.ts';
import { openStage } from './stage.ts';
import { BACKUP, MODEL, nameSource } from './story.ts';

/** One part of the play: what is said about it, and the drills that run meanwhile. */
interface Act {
  says: string;
  drills: [guard: string, fault: string][];
}

/** How long an act and the quiet after it take. Lowered, the circuits have no time to open and to close. */
const ACT_MS = 25_000;
const BETWEEN_QUESTIONS_MS = 1_500;

const ACTS: Act[] = [
  { says: 'All is well.', drills: [] },
  { says: 'The model hangs: the backup answers.', drills: [[MODEL, 'hang']] },
  {
    says: 'Both models refuse connections: excerpts.',
    drills: [
      [MODEL, 'refuse'],
      [BACKUP, 'refuse'],
    ],
  },
  { says: 'The models are back: their circuits close by trials.', drills: [] },
  { says: 'The model breaks off midway: streams begin anew.', drills: [[MODEL, 'cut_midway']] },
  { says: 'The embedding host answers garbage: full text alone.', drills: [['embedding_api', 'garbage']] },
  { says: 'The database refuses connections: remembered answers.', drills: [['postgres', 'refuse']] },
  { says: 'The database is back.', drills: [] },
];

const QUESTIONS = [
  'How many days of holiday does everyone have?',
  'Who is told about a lost laptop?',
  'Where do receipts for hotels go?',
  'When do unused days of holiday lapse?',
];

/**
 * Plays an outage slowly, again and again until the signal aborts, for those who watch the console. Nothing is opened: the
 * terminal says where the console is, what happens, and who answers.
 */
export async function playForConsole(signal: AbortSignal): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const key = randomBytes(18).toString('base64url');
  const env = { CIRCUIT_BREAKER_FAIL_THRESHOLD: '3', CIRCUIT_BREAKER_TIMEOUT_SECONDS: '10' };
  const { url, drills } = await openStage(stack, key, env, signal);
  await ingest(url, documents, signal);
  process.stdout.write(`Console: ${url}/#key=${key}\n\nOpen it and watch. Ctrl-C ends the play.\n\n`);
  for (let number = 0; ; number++) {
    const act = ACTS[number % ACTS.length];
    if (!act) continue;
    say(act.says);
    for (const [guard, fault] of act.drills) {
      await drills.begin(guard, fault);
      say(`  drill of ${guard}: ${fault}`);
    }
    await askFor(ACT_MS, url, signal);
    await drills.endAll();
    if (act.drills.length > 0) say('  the drills end');
  }
}

let asked = 0;

/** Asks questions for so long, half of them new ones. */
async function askFor(ms: number, url: string, signal: AbortSignal): Promise<void> {
  const endsAt = performance.now() + ms;
  while (performance.now() < endsAt) {
    const number = asked++;
    const again = QUESTIONS[Math.floor(number / 2) % QUESTIONS.length] ?? '';
    const query = number % 2 === 0 ? again : `${again} (${number})`;
    const {
      status,
      body,
      ms: took,
    } = await send<Partial<AnswerBody> & { drill?: string[] }>(`${url}/query`, { query }, signal);
    const by = status === 200 ? nameSource(body) : `nobody (${status})`;
    // An error has no metadata.
    const met = body.metadata?.drill ?? body.drill;
    const drill = met ? `, met drills of ${met.join(', ')}` : '';
    say(`  answered by ${by} after ${took.toFixed(0)} ms${drill}`);
    await sleep(BETWEEN_QUESTIONS_MS, undefined, { signal });
  }
}

function say(line: string): void {
  process.stdout.write(`${new Date().toTimeString().slice(0, 8)}  ${line}\n`);
}
