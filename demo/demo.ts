import { ask } from '../bench/client.ts';
import { ADMIN_TOKEN, resetCircuits } from '../bench/open-circuits.ts';
import { interruption, makeTemporaryFolder, startService } from '../bench/service-process.ts';
import { answerFromPassage, type FakeMessage } from '../test/support/fakes/fake-hugging-face-replies.ts';
import { FakeHuggingFace } from '../test/support/fakes/fake-hugging-face.ts';
import { changedDocument, documents } from './documents.ts';
import { BACKUP, Story } from './story.ts';

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
/** Longer than a question waits for its last model. */
const SLOW_MS = 3_000;
const UNKNOWN = 'Quokka?';

/** The words of the passage come first, so that the table shows them. */
function answer(messages: FakeMessage[]): string {
  return answerFromPassage(messages).replace('According to the documents: ', '');
}

/** Takes the models away and gives them back, and asks questions all the while. */
async function demonstrate(signal: AbortSignal): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await makeTemporaryFolder());
  const model = await new FakeHuggingFace({ answer }).start();
  stack.defer(() => model.stop());
  const backup = await new FakeHuggingFace({ answer }).start();
  stack.defer(() => backup.stop());
  process.stdout.write('Starting the service with a database of its own …\n\n');
  const env = {
    DATA_DIR: folder.path,
    GENERATION_TARGETS: `${model.url}/v1?model=demo,${backup.url}/v1?model=demo&name=${BACKUP}`,
    EMBEDDING_TARGETS: `${backup.url}/v1?api=openai&model=demo`,
    CIRCUIT_BREAKER_FAIL_THRESHOLD: '2',
    CIRCUIT_BREAKER_TIMEOUT_SECONDS: '3',
    // A retry or a probe of its own would move the circuits ahead of the story.
    RETRY_MAX_ATTEMPTS: '2',
    PROBE_INTERVAL_SECONDS: '0',
    ADMIN_TOKEN,
  };
  const service = stack.use(await startService(env, signal));
  const story = new Story(service.url, signal);
  const closed = { status: 200, circuit: 'closed' } as const;
  const open = { status: 200, circuit: 'open' } as const;

  await story.store('three documents are stored', documents, closed);
  await story.ask('a question', HOLIDAYS, { ...closed, by: 'model' });
  await story.ask('the same question', HOLIDAYS, { ...closed, by: 'fresh cache' });
  await story.happen('twenty more: the model’s usual time is known', async () => {
    for (let number = 1; number <= USUAL_CALLS; number++)
      await ask(service.url, `How many days of holiday, number ${number}?`, signal);
  });
  await story.happen('the model hangs', async () => model.fail('chat', { kind: 'black_hole' }));
  await story.stream('a new question, as a stream', LOSS, { ...closed, by: BACKUP });
  await story.happen('the backup goes away', () => backup.stop());
  await story.stream('a new question: nobody waits for long', LAPSE, { ...closed, by: 'excerpts' });
  await story.happen('the model answers, after three seconds', async () =>
    model.fail('chat', { kind: 'late_start', afterMs: SLOW_MS }),
  );
  await story.stream('a new question: its late answer still comes', SALARY, { ...closed, by: 'model' });
  await story.happen('both are well, and their circuits are reset', async () => {
    model.clearFaults();
    await backup.start();
    await resetCircuits(service.url, signal);
  });
  await story.happen('the model goes away', () => model.stop());
  await story.ask('a new question', LAPTOP, {
    ...closed,
    by: 'backup',
    says: 'security desk',
    notice: 'The primary model is unavailable; a backup model answered.',
  });
  await story.happen('the model comes back', () => model.start());
  await story.ask('a new question', RECEIPTS, { ...closed, by: 'model' });
  await story.happen('both models and the embeddings go away', async () => {
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

const signal = interruption();
try {
  await demonstrate(signal);
  process.stdout.write('\nEverything went as expected.\n');
} catch (error) {
  process.exitCode = signal.aborted ? 130 : 1;
  const reason: unknown = signal.aborted ? signal.reason : error;
  process.stderr.write(`\n${reason instanceof Error ? reason.message : 'failed'}\n`);
}
