import { describeRefusal, readChunkSample, readEmbeddingReason } from './documents-api.ts';
import type { StoredState, Upload } from './upload/upload.ts';

const PAUSE_MS = 2_000;
/** Documents looked at each time. Raised, the service has more to do while many wait. */
const DOCUMENTS_AT_ONCE = 5;

/** Looks every few seconds how far the embedding of stored documents has come, those first that wait longest. */
export class EmbeddingWatch {
  /** Why nothing is embedded for now. */
  reason: string | undefined;
  private waiting: { upload: Upload; state: StoredState }[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly onChange: () => void) {}

  add(upload: Upload, state: StoredState): void {
    this.waiting.push({ upload, state });
    this.timer ??= setTimeout(() => void this.look(), 0);
  }

  /** Forgets all but these. */
  keep(uploads: ReadonlySet<Upload>): void {
    this.waiting = this.waiting.filter(({ upload }) => uploads.has(upload));
  }

  private async look(): Promise<void> {
    // A new version of the document is looked at by its own entry.
    this.waiting = this.waiting.filter(({ upload, state }) => upload.state === state);
    const looked = document.hidden ? [] : this.waiting.splice(0, DOCUMENTS_AT_ONCE);
    for (const entry of looked) if (!(await this.isDone(entry.state))) this.waiting.push(entry);
    if (looked.length > 0) {
      this.reason = this.waiting.length > 0 ? await readEmbeddingReason() : undefined;
      this.onChange();
    }
    this.timer = this.waiting.length > 0 ? setTimeout(() => void this.look(), PAUSE_MS) : undefined;
  }

  /** Whether nothing changes any more: every chunk has a vector, or the document is gone. */
  private async isDone(state: StoredState): Promise<boolean> {
    const sample = await readChunkSample(state.id, 'refused', AbortSignal.timeout(PAUSE_MS * 5)).catch(
      (error: unknown) => error as { code?: string },
    );
    if (!('chunks' in sample)) return sample.code === 'not_found';
    state.chunks = sample.document.chunks;
    state.embedded = sample.document.embedded;
    const [refused] = sample.chunks;
    state.refused = refused?.refusal
      ? `Passage ${refused.ordinal + 1} is found by words only: ${describeRefusal(refused.refusal)}.`
      : undefined;
    return state.embedded >= state.chunks;
  }
}
