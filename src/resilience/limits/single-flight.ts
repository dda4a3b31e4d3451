import { unlessAborted } from '../time/deadline.ts';

interface Flight<T> {
  result: Promise<T>;
  passengers: number;
  controller: AbortController;
}

/** Lets everyone who wants the same thing at the same time share one piece of work. Remembers nothing once it ends. */
export class Flights<T> {
  private readonly flights = new Map<string, Flight<T>>();

  /**
   * The result of the work under way for `key`, begun with `work` when there is none. A caller whose signal aborts
   * leaves alone; the signal given to `work` aborts only when all have left.
   * @throws what the work threw, to everyone who shares it; or the caller's own signal's reason
   */
  async join(key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const flight = this.flights.get(key) ?? this.begin(key, work);
    flight.passengers++;
    try {
      return await (signal ? unlessAborted(flight.result, signal) : flight.result);
    } finally {
      if (--flight.passengers === 0) this.end(key, flight);
    }
  }

  private begin(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const flight: Flight<T> = { result: work(controller.signal), passengers: 0, controller };
    // Whoever comes after the work has ended begins anew, even while the others have yet to be told.
    const close = () => this.remove(key, flight);
    flight.result.then(close, close);
    this.flights.set(key, flight);
    return flight;
  }

  private end(key: string, flight: Flight<T>): void {
    if (this.remove(key, flight)) flight.controller.abort();
  }

  /** Whether the work was still under way. */
  private remove(key: string, flight: Flight<T>): boolean {
    return this.flights.get(key) === flight && this.flights.delete(key);
  }
}
