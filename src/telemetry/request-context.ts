import { AsyncLocalStorage } from 'node:async_hooks';
import type { TraceParent } from './trace-parent.ts';

/** What a piece of work carries through every log line and on to upstream calls. */
export interface RequestContext {
  requestId: string;
  /** Undefined when the caller traces nothing. */
  trace?: TraceParent | undefined;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work` (and everything it starts) inside `context`. */
export function runInContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** The context of the request being served, or undefined outside of any. */
export function currentContext(): RequestContext | undefined {
  return storage.getStore();
}
