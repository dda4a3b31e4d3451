import type { ChunkHorizon } from '../../postgres/search/embeddings.repository.ts';
import type { Clock } from '../../resilience/time/clock.ts';

/** Milliseconds between two passes over all chunks. Raised, chunks whose vectors were deleted wait longer. */
const FULL_PASS_MS = 3_600_000;

/**
 * The id up to which all chunks are done. A transaction may commit chunks after another has committed greater ids. So the
 * mark moves to an id only when every transaction that ran while this id was the last has ended.
 */
export class HighWaterMark {
  private mark = '0';
  private beganAt = Number.NEGATIVE_INFINITY;
  /** The horizon whose transactions have not all ended yet. */
  private awaited: ChunkHorizon | undefined;

  constructor(private readonly clock: Clock) {}

  /** The id up to which all chunks are done. */
  get current(): string {
    return this.mark;
  }

  /** The id of the chunk after which a pass begins: `'0'` at first and once an hour. */
  begin(): string {
    const now = this.clock.now();
    if (now - this.beganAt < FULL_PASS_MS) return this.mark;
    this.beganAt = now;
    this.mark = '0';
    return this.mark;
  }

  /** Ends a pass over every chunk after the mark. `horizon` was read before the pass began. */
  complete(horizon: ChunkHorizon): void {
    const isOver = ({ nextTransaction }: ChunkHorizon) => nextTransaction <= horizon.oldestTransaction;
    const passed = [horizon, this.awaited].find((seen) => seen && isOver(seen));
    if (passed) this.mark = passed.lastChunk;
    if (passed === horizon) this.awaited = undefined;
    else if (passed || !this.awaited) this.awaited = horizon;
  }
}
