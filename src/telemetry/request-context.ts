import { AsyncLocalStorage } from 'node:async_hooks';

/** What a piece of work carries through every log line and on to upstream calls. */
export interface RequestContext {
  requestId: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work` (and everything it starts) inside `context`. */
export function runInContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** The id of the request being served, or undefined outside of any. */
export function currentRequestId(): string | undefined {
  return storage.getStore()?.requestId;
}
