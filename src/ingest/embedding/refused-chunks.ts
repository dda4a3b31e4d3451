import { LRUCache } from 'lru-cache';
import { ServiceError } from '../../telemetry/service-error.ts';
import type { Clock } from '../../resilience/time/clock.ts';

/**
 * So long a refused chunk is left alone, in milliseconds: less than the time between two passes over all chunks, so that each
 * of them tries it again. Raised above it, only every second pass would.
 */
const REFUSED_MS = 1_800_000;
/** Raised, more memory is held while a host refuses much; lowered, chunks may be tried again sooner. */
const MAX_REFUSED = 10_000;
/**
 * So many refusals in a row are the host's fault. Raised, a host that refuses everything is asked more often in vain; lowered,
 * a document whose chunks are all refused holds up others more easily, for a minute.
 */
const MAX_IN_A_ROW = 64;

/** A model's hosts refuse one text after the other. */
export class TextsRefusedError extends ServiceError {
  constructor() {
    super(`${MAX_IN_A_ROW} texts in a row were refused`);
    this.name = 'TextsRefusedError';
  }
}

/** Chunks that a model's hosts did not take, or made no usable vector of. They are found by their words. */
export class RefusedChunks {
  /** When each chunk was refused last. */
  private readonly refusedAt = new LRUCache<string, number>({ max: MAX_REFUSED });
  private inARow = 0;

  constructor(private readonly clock: Clock) {}

  /** Notes that chunks were taken. */
  endRow(): void {
    this.inARow = 0;
  }

  /**
   * Ends the row of refusals when it is long.
   * @throws TextsRefusedError when it was
   */
  checkRow(): void {
    if (this.inARow < MAX_IN_A_ROW) return;
    this.endRow();
    throw new TextsRefusedError();
  }

  /** @returns whether it was not known to be refused */
  add(chunkId: string): boolean {
    this.inARow++;
    const isNew = !this.refusedAt.has(chunkId);
    this.refusedAt.set(chunkId, this.clock.now());
    return isNew;
  }

  /** Whether it was refused so lately that it is not worth trying. */
  has(chunkId: string): boolean {
    const at = this.refusedAt.peek(chunkId);
    return at !== undefined && this.clock.now() - at < REFUSED_MS;
  }
}
