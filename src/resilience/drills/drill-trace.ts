import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<DrillTrace>();

/** The drills that some work has met, and everything that it has started or waited for. */
export class DrillTrace {
  private readonly met = new Set<string>();
  /** The traces of the works that wait for this one. */
  private readonly waiting = new Set<DrillTrace>();

  /** The names of the guards whose drills were met; null for none. */
  get guards(): string[] | null {
    return this.met.size > 0 ? [...this.met] : null;
  }

  has(guard: string): boolean {
    return this.met.has(guard);
  }

  /** Runs `work`, whose drills are noted here, and in the trace of the current work. */
  run<T>(work: () => T): T {
    this.join();
    return storage.run(this, work);
  }

  /** Notes the drills of this trace, also those that come, in the trace of the current work, which waits for it. */
  join(): void {
    const current = storage.getStore();
    if (!current || current === this) return;
    this.waiting.add(current);
    for (const guard of this.met) current.note(guard);
  }

  /** Notes that a drill of that guard has changed what the work gets. */
  note(guard: string): void {
    if (this.met.has(guard)) return;
    this.met.add(guard);
    for (const trace of this.waiting) trace.note(guard);
  }
}

/** Notes that a drill of that guard has changed what the current work gets. Without a trace it has no effect. */
export function noteDrill(guard: string): void {
  storage.getStore()?.note(guard);
}

/** The names of the guards whose drills the current work has met; null for none. */
export function drillsMet(): string[] | null {
  return storage.getStore()?.guards ?? null;
}

/** Whether the current work has met a drill of that guard. */
export function hasMetDrill(guard: string): boolean {
  return storage.getStore()?.has(guard) ?? false;
}
