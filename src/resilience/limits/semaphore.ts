import type { Clock } from '../time/clock.ts';
import { ConnectionWaitError } from '../../postgres/connection/database-errors.ts';

/** A fixed number of places, given out in the order of asking. */
export class Semaphore {
  private readonly waiting = new Set<() => void>();
  private free: number;

  constructor(
    private readonly clock: Clock,
    private readonly places: number,
    private readonly waitMs: number,
  ) {
    this.free = places;
  }

  /** Places that are taken. */
  get taken(): number {
    return this.places - this.free;
  }

  /** Who waits for a place. */
  get queueDepth(): number {
    return this.waiting.size;
  }

  /**
   * Takes a place, which must be given back.
   * @throws ConnectionWaitError after `waitMs`, the signal's reason as soon as it aborts
   */
  acquire(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.free > 0) {
      this.free--;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting.delete(enter);
        cancelTimer();
        signal.removeEventListener('abort', onAbort);
      };
      const enter = () => {
        leave();
        resolve();
      };
      const onAbort = () => {
        leave();
        reject(signal.reason);
      };
      const cancelTimer = this.clock.setTimer(() => {
        leave();
        reject(new ConnectionWaitError(this.waitMs));
      }, this.waitMs);
      signal.addEventListener('abort', onAbort, { once: true });
      this.waiting.add(enter);
    });
  }

  release(): void {
    const [next] = this.waiting;
    if (next) next();
    else this.free++;
  }
}
