import type { ChunkHorizon } from '../../postgres/search/embeddings.repository.ts';
import type { Clock } from '../../resilience/time/clock.ts';

/**
 * So often a pass begins with the first chunk, in milliseconds: it finds chunks whose vectors have been deleted, and tries
 * refused ones again. Raised, both are left without vectors for longer.
 */
const FULL_PASS_MS = 3_600_000;

/**
 * Up to which chunk all have been seen to. Ids grow, but a transaction may commit chunks after others have committed chunks
 * with greater ids. So the mark moves to an id only when every transaction that ran while it was the last has ended.
 */
export class HighWaterMark {
  private mark = '0';
  private beganAt = Number.NEGATIVE_INFINITY;
  /** A last id that transactions were running beside. */
  private awaited: ChunkHorizon | undefined;

  constructor(private readonly clock: Clock) {}

  /** The id of the chunk after which a pass begins: `'0'` at first and once an hour. */
  begin(): string {
    const now = this.clock.now();
    if (now - this.beganAt < FULL_PASS_MS) return this.mark;
    this.beganAt = now;
    this.mark = '0';
    return this.mark;
  }

  /** To be called when a pass has seen to every chunk after the mark, with what was read before it began. */
  complete(horizon: ChunkHorizon): void {
    const isOver = ({ nextTransaction }: ChunkHorizon) => nextTransaction <= horizon.oldestTransaction;
    const passed = [horizon, this.awaited].find((seen) => seen && isOver(seen));
    if (passed) this.mark = passed.lastChunk;
    if (passed === horizon) this.awaited = undefined;
    else if (passed || !this.awaited) this.awaited = horizon;
  }
}
