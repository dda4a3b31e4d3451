import { AsyncLocalStorage } from 'node:async_hooks';
import type { TraceParent } from './trace-parent.ts';

/** The ids that every log line and every upstream call of a request carry. */
export interface RequestContext {
  requestId: string;
  /** Undefined without a `traceparent` header. */
  trace?: TraceParent | undefined;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work` (and everything it starts) inside `context`. */
export function runInContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** The context of the current request; undefined outside of requests. */
export function currentContext(): RequestContext | undefined {
  return storage.getStore();
}
