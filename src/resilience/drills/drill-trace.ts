import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<Set<string>>();

/** Runs `work`, and adds to `met` the guards whose drills the work, and everything that it starts, meets. */
export function traceDrills<T>(met: Set<string>, work: () => T): T {
  return storage.run(met, work);
}

/** Notes that a drill of that guard has changed what the current work gets. Without a trace it has no effect. */
export function noteDrill(guard: string): void {
  storage.getStore()?.add(guard);
}
