import { untilAborted } from '../../resilience/time/deadline.ts';

/** Admits one writer per tenant at a time in this process. Waiting writers hold no connection and no lock. */
export class TenantMutex {
  private readonly last = new Map<string, Promise<void>>();

  /**
   * Runs `work` after the tenant's earlier writers.
   * @throws what `work` throws; the signal's reason as soon as it aborts, and then `work` does not start
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
