import { unlessAborted } from '../time/deadline.ts';

interface SharedCall<T> {
  result: Promise<T>;
  waiters: number;
  controller: AbortController;
}

/** Lets everyone who wants the same thing at the same time share one piece of work. Remembers nothing once it ends. */
export class SingleFlight<T> {
  private readonly flights = new Map<string, SharedCall<T>>();

  /**
   * The result of the work under way for `key`, begun with `work` when there is none. A caller whose signal aborts
   * leaves alone; the signal given to `work` aborts only when all have left.
   * @throws what the work threw, to everyone who shares it; or the caller's own signal's reason
   */
  async run(key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const flight = this.flights.get(key) ?? this.start(key, work);
    flight.waiters++;
    try {
      return await (signal ? unlessAborted(flight.result, signal) : flight.result);
    } finally {
      if (--flight.waiters === 0) this.leave(key, flight);
    }
  }

  private start(key: string, work: (signal: AbortSignal) => Promise<T>): SharedCall<T> {
    const controller = new AbortController();
    const flight: SharedCall<T> = { result: work(controller.signal), waiters: 0, controller };
    // Whoever comes after the work has ended begins anew, even while the others have yet to be told.
    const close = () => this.remove(key, flight);
    flight.result.then(close, close);
    this.flights.set(key, flight);
    return flight;
  }

  private leave(key: string, flight: SharedCall<T>): void {
    if (this.remove(key, flight)) flight.controller.abort();
  }

  /** Whether the work was still under way. */
  private remove(key: string, flight: SharedCall<T>): boolean {
    return this.flights.get(key) === flight && this.flights.delete(key);
  }
}
