import { untilAborted } from '../../resilience/time/deadline.ts';

/** One writer of a tenant at a time in this process: who waits holds no connection and no lock. */
export class TenantMutex {
  private readonly last = new Map<string, Promise<void>>();

  /**
   * Runs `work` after the tenant's writers that came before.
   * @throws what `work` throws; the signal's reason as soon as it aborts, and then `work` is not begun any more
   */
  async take<T>(tenantId: string, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = this.last.get(tenantId);
    const turn = Promise.resolve(before).then(() => {
      signal.throwIfAborted();
      return work();
    });
    const leave = () => {
      if (this.last.get(tenantId) === ended) this.last.delete(tenantId);
    };
    const ended: Promise<void> = turn.then(leave, leave);
    this.last.set(tenantId, ended);
    return untilAborted(() => turn, signal);
  }
}
