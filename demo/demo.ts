import { interruption, makeTemporaryFolder, startService } from '../bench/service-process.ts';
import { answerFromPassage, type FakeMessage } from '../test/support/fake-hugging-face-replies.ts';
import { FakeHuggingFace } from '../test/support/fake-hugging-face.ts';
import { changedDocument, documents } from './documents.ts';
import { Story } from './story.ts';

const HOLIDAYS = 'How many days of holiday does everyone have?';
const LAPTOP = 'Who is told about a lost laptop?';
const RECEIPTS = 'Where do receipts for hotels go?';
const UNKNOWN = 'Quokka?';

/** The words of the passage come first, so that the table shows them. */
function answer(messages: FakeMessage[]): string {
  return answerFromPassage(messages).replace('According to the documents: ', '');
}

/** Takes the model away and gives it back, and asks questions all the while. */
async function demonstrate(signal: AbortSignal): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await makeTemporaryFolder());
  const model = await new FakeHuggingFace({ answer }).start();
  stack.defer(() => model.stop());
  process.stdout.write('Starting the service with a database of its own …\n\n');
  const env = {
    DATA_DIR: folder.path,
    GENERATION_TARGETS: `${model.url}/v1?model=demo`,
    EMBEDDING_TARGETS: `${model.url}/v1?api=openai&model=demo`,
    CIRCUIT_BREAKER_FAIL_THRESHOLD: '3',
    CIRCUIT_BREAKER_TIMEOUT_SECONDS: '3',
  };
  const service = stack.use(await startService(env, signal));
  const story = new Story(service.url, signal);

  await story.store('three documents are stored', documents, { status: 200, circuit: 'closed' });
  await story.ask('a question', HOLIDAYS, { status: 200, by: 'model', circuit: 'closed' });
  await story.ask('the same question', HOLIDAYS, { status: 200, by: 'fresh cache', circuit: 'closed' });
  await story.happen('the model and the embeddings go away', () => model.stop());
  await story.ask('the same question', HOLIDAYS, { status: 200, by: 'fresh cache', circuit: 'closed' });
  await story.store('a document changes', [changedDocument], { status: 200, circuit: 'closed' });
  await story.ask('the same question: its answer is old now', HOLIDAYS, {
    status: 200,
    by: 'l1_cache (stale)',
    circuit: 'closed',
    says: '28 days',
  });
  await story.ask('a new question', LAPTOP, {
    status: 200,
    by: 'excerpts',
    circuit: 'closed',
    says: 'security desk',
  });
  await story.ask('another one: the third failure', RECEIPTS, {
    status: 200,
    by: 'excerpts',
    circuit: 'open',
  });
  await story.ask('again: the model is not even asked', RECEIPTS, {
    status: 200,
    by: 'excerpts',
    circuit: 'open',
  });
  await story.ask('a question that no document answers', UNKNOWN, {
    status: 503,
    by: 'nobody',
    circuit: 'open',
  });
  await story.untilTrial('the open time runs out');
  await story.ask('a trial, which fails', LAPTOP, { status: 200, by: 'excerpts', circuit: 'open' });
  await story.happen('the model and the embeddings come back', () => model.start());
  await story.untilTrial('the open time runs out');
  await story.ask('a trial, which succeeds', LAPTOP, { status: 200, by: 'model', circuit: 'half-open' });
  await story.ask('the second one closes the circuit', RECEIPTS, {
    status: 200,
    by: 'model',
    circuit: 'closed',
  });
  await story.untilEmbedded('the changed document is embedded, too', changedDocument.id);
  await story.ask('the first question, with the changed document', HOLIDAYS, {
    status: 200,
    by: 'model',
    circuit: 'closed',
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
