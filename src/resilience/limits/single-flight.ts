import { DrillTrace } from '../drills/drill-trace.ts';
import { unlessAborted } from '../time/deadline.ts';

interface SharedCall<T> {
  result: Promise<T>;
  waiters: number;
  controller: AbortController;
  /** The drills that the call meets, which every caller who shares it meets. */
  drills: DrillTrace;
}

/** Shares one call among callers who ask for the same key at the same time. Keeps nothing once the call ends. */
export class SingleFlight<T> {
  private readonly calls = new Map<string, SharedCall<T>>();

  /**
   * Returns the result of the call in progress for `key`, or starts one with `work`. A caller whose signal aborts leaves
   * alone; the signal of `work` aborts only when every caller has left.
   * @throws what the work throws, to every caller who shares it; the caller's own signal's reason
   */
  async run(key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const call = this.calls.get(key) ?? this.start(key, work);
    call.drills.join();
    call.waiters++;
    try {
      return await (signal ? unlessAborted(call.result, signal) : call.result);
    } finally {
      if (--call.waiters === 0) this.leave(key, call);
    }
  }

  private start(key: string, work: (signal: AbortSignal) => Promise<T>): SharedCall<T> {
    const controller = new AbortController();
    const drills = new DrillTrace();
    const result = drills.run(() => work(controller.signal));
    const call: SharedCall<T> = { result, waiters: 0, controller, drills };
    // A caller who comes after the end of the work starts a new call, even before the others have got the result.
    const close = () => this.remove(key, call);
    call.result.then(close, close);
    this.calls.set(key, call);
    return call;
  }

  private leave(key: string, call: SharedCall<T>): void {
    if (this.remove(key, call)) call.controller.abort();
  }

  /** Removes the call. False when it has ended already. */
  private remove(key: string, call: SharedCall<T>): boolean {
    return this.calls.get(key) === call && this.calls.delete(key);
  }
}
