import { LRUCache } from 'lru-cache';
import { ServiceError } from '../../telemetry/service-error.ts';
import type { Clock } from '../../resilience/time/clock.ts';

/** Milliseconds until a refused chunk is tried again. Raised above an hour, only every second pass over all chunks tries it. */
const REFUSED_MS = 1_800_000;
/** The most refused chunks per model. Raised, more memory is held. Lowered, chunks may be tried again sooner. */
const MAX_REFUSED = 10_000;
/**
 * Refusals in a row that are the host's fault. Raised, a host that refuses everything is called more often in vain. Lowered,
 * a document whose chunks are all refused delays others by a minute more easily.
 */
const MAX_IN_A_ROW = 64;

/** The hosts of a model refused many texts in a row. */
export class TextsRefusedError extends ServiceError {
  constructor() {
    super(`${MAX_IN_A_ROW} texts in a row were refused`);
    this.name = 'TextsRefusedError';
  }
}

/** Chunks for which a model's hosts made no usable vector. Only full text finds them. */
export class RefusedChunks {
  /** When each chunk was refused last. */
  private readonly refusedAt = new LRUCache<string, number>({ max: MAX_REFUSED });
  private inARow = 0;

  constructor(private readonly clock: Clock) {}

  /** Ends the row of refusals. */
  endRow(): void {
    this.inARow = 0;
  }

  /** Ends a row of refusals that is too long. @throws TextsRefusedError */
  checkRow(): void {
    if (this.inARow < MAX_IN_A_ROW) return;
    this.endRow();
    throw new TextsRefusedError();
  }

  /** Records a refusal. @returns whether it is the chunk's first */
  add(chunkId: string): boolean {
    this.inARow++;
    const isNew = !this.refusedAt.has(chunkId);
    this.refusedAt.set(chunkId, this.clock.now());
    return isNew;
  }

  /** Whether the chunk was refused so lately that it is not tried again yet. */
  has(chunkId: string): boolean {
    const at = this.refusedAt.peek(chunkId);
    return at !== undefined && this.clock.now() - at < REFUSED_MS;
  }
}
