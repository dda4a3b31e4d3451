import { makeTemporaryFolder, startService } from '../bench/service-process.ts';
import { answerFromPassage, type FakeMessage } from '../test/support/fakes/fake-hugging-face-replies.ts';
import { FakeHuggingFace } from '../test/support/fakes/fake-hugging-face.ts';
import { Drills } from './drills.ts';
import { BACKUP } from './story.ts';

/** A service with a database of its own, and the models that it calls. */
export interface Stage {
  url: string;
  model: FakeHuggingFace;
  /** Also makes the vectors. */
  backup: FakeHuggingFace;
  drills: Drills;
}

/** The words of the passage come first, so that a table shows them. */
function answer(messages: FakeMessage[]): string {
  return answerFromPassage(messages).replace('According to the documents: ', '');
}

/** Starts everything, and has `stack` end it. */
export async function openStage(
  stack: AsyncDisposableStack,
  key: string,
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<Stage> {
  const folder = stack.use(await makeTemporaryFolder());
  const model = await new FakeHuggingFace({ answer }).start();
  stack.defer(() => model.stop());
  const backup = await new FakeHuggingFace({ answer }).start();
  stack.defer(() => backup.stop());
  process.stdout.write('Starting the service with a database of its own …\n\n');
  const all = {
    DATA_DIR: folder.path,
    GENERATION_TARGETS: `${model.url}/v1?model=demo,${backup.url}/v1?model=demo&name=${BACKUP}`,
    EMBEDDING_TARGETS: `${backup.url}/v1?api=openai&model=demo`,
    ADMIN_TOKEN: key,
    DRILLS_ENABLED: 'true',
    ...env,
  };
  const { url } = stack.use(await startService(all, signal));
  return { url, model, backup, drills: new Drills(url, key, signal) };
}
