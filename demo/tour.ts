import { ask } from '../bench/client.ts';
import { ADMIN_TOKEN, resetCircuits } from '../bench/open-circuits.ts';
import { changedDocument, documents } from './documents.ts';
import { openStage } from './stage.ts';
import { BACKUP, MODEL, Story } from './story.ts';

const HOLIDAYS = 'How many days of holiday does everyone have?';
const LAPTOP = 'Who is told about a lost laptop?';
const RECEIPTS = 'Where do receipts for hotels go?';
const DISK = 'How is the disk of a lost laptop wiped?';
const REFUND = 'When is a train ticket refunded?';
const LOSS = 'At what time is a lost laptop reported?';
const LAPSE = 'When do unused days of holiday lapse?';
const SALARY = 'Which tickets are refunded with a salary?';
/** As many calls as tell how long a model usually takes. */
const USUAL_CALLS = 20;
const UNKNOWN = 'Quokka?';
const EMBEDDER = 'embedding_api';
const DATABASE = 'postgres';

const CARRIAGE = 'Which train tickets go to the finance team?';
const MARCH = 'What lapses in March?';
const NIGHT = 'Who is told at night?';

/** Shows what drills do and what a real outage does, and asks questions all the while. @throws when a step does not end as expected */
export async function tour(signal: AbortSignal): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const env = {
    CIRCUIT_BREAKER_FAIL_THRESHOLD: '2',
    CIRCUIT_BREAKER_TIMEOUT_SECONDS: '3',
    // A retry or a probe of its own would move the circuits ahead of the story.
    RETRY_MAX_ATTEMPTS: '2',
    PROBE_INTERVAL_SECONDS: '0',
  };
  const { url, model, backup, drills } = await openStage(stack, ADMIN_TOKEN, env, signal);
  const story = new Story(url, signal);
  const closed = { status: 200, circuit: 'closed' } as const;
  const open = { status: 200, circuit: 'open' } as const;
  const recover = async () => {
    await drills.endAll();
    await resetCircuits(url, signal);
  };

  await story.store('three documents are stored', documents, closed);
  await story.ask('a question', HOLIDAYS, { ...closed, by: 'model' });
  await story.ask('the same question', HOLIDAYS, { ...closed, by: 'fresh cache' });
  await story.happen('twenty more: the model’s usual time is known', async () => {
    for (let number = 1; number <= USUAL_CALLS; number++)
      await ask(url, `How many days of holiday, number ${number}?`, signal);
  });
  await story.happen('drill: the model hangs', () => drills.begin(MODEL, 'hang'));
  await story.stream('a new question, as a stream', LOSS, { ...closed, by: BACKUP, drill: [MODEL] });
  await story.happen('drill: the backup refuses connections', () => drills.begin(BACKUP, 'refuse'));
  await story.stream('a new question: nobody waits for long', LAPSE, { ...closed, by: 'excerpts' });
  await story.happen('the drills end, the circuits are reset', recover);
  await story.happen('drill: the model is slow, the backup is out', async () => {
    await drills.begin(MODEL, 'slow');
    await drills.begin(BACKUP, 'refuse');
  });
  await story.stream('a new question: its late answer still comes', SALARY, {
    ...closed,
    by: 'model',
    drill: [BACKUP, MODEL],
  });
  await story.happen('the drills end, the circuits are reset', recover);
  await story.happen('drill: the model breaks off midway', () => drills.begin(MODEL, 'cut_midway'));
  await story.stream('a new question: the backup begins anew', MARCH, {
    ...closed,
    by: BACKUP,
    drill: [MODEL],
  });
  await story.happen('the drill ends, the circuits are reset', recover);
  await story.happen('drill: the embedding host answers garbage', () => drills.begin(EMBEDDER, 'garbage'));
  await story.ask('a new question: found by its words alone', CARRIAGE, {
    ...closed,
    by: 'model',
    drill: [EMBEDDER],
  });
  await story.happen('drill: the database refuses connections', () => drills.begin(DATABASE, 'refuse'));
  await story.ask('the first question: its answer is remembered', HOLIDAYS, { ...closed, by: 'fresh cache' });
  await story.ask('a new question: nothing can be searched', NIGHT, { ...closed, status: 503, by: 'nobody' });
  await story.happen('the drills end, the circuits are reset', recover);
  await story.happen('drill: too many requests for the model', () => drills.begin(MODEL, 'rate_limit'));
  await story.ask('a new question', LAPTOP, {
    ...closed,
    by: BACKUP,
    says: 'security desk',
    notice: 'The primary model is unavailable; a backup model answered.',
    drill: [MODEL],
  });
  await story.happen('the drill ends, the circuits are reset', recover);
  await story.ask('a new question', RECEIPTS, { ...closed, by: 'model', drill: null });
  await story.happen('no drill: models and embeddings go away', async () => {
    await model.stop();
    await backup.stop();
  });
  await story.ask('the first question', HOLIDAYS, { ...closed, by: 'fresh cache' });
  await story.store('a document changes', [changedDocument], closed);
  await story.ask('the same question: its answer is old now', HOLIDAYS, {
    ...closed,
    by: 'l1_cache (stale)',
    says: '28 days',
  });
  await story.ask('a new question: the second failure', DISK, {
    ...open,
    by: 'excerpts',
    says: 'wiped remotely',
  });
  await story.ask('again: no model is even asked', DISK, { ...open, by: 'excerpts' });
  await story.ask('a question that no document answers', UNKNOWN, { ...open, status: 503, by: 'nobody' });
  await story.untilTrial('the open time runs out');
  await story.ask('a trial, which fails', DISK, { ...open, by: 'excerpts' });
  await story.happen('the models and the embeddings come back', async () => {
    await model.start();
    await backup.start();
  });
  await story.untilTrial('the open time runs out');
  await story.ask('a trial, which succeeds', DISK, { status: 200, by: 'model', circuit: 'half-open' });
  await story.ask('the second one closes the circuit', REFUND, { ...closed, by: 'model' });
  await story.untilEmbedded('the changed document is embedded, too', changedDocument.id);
  await story.ask('the first question, with the changed document', HOLIDAYS, {
    ...closed,
    by: 'model',
    says: '30 days',
  });
}
