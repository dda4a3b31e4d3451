/** The abort signal of one network call. */
export interface Call {
  signal: AbortSignal;
  abort(reason: unknown): void;
  /** Releases the listener on the caller's signal, and aborts a connection that is still open. */
  end(): void;
}

/**
 * Starts a call whose signal aborts with its caller's. `end` must be called exactly once.
 * @throws the caller's signal's reason when it has aborted
 */
export function startCall(caller: AbortSignal): Call {
  caller.throwIfAborted();
  const controller = new AbortController();
  const follow = () => controller.abort(caller.reason);
  caller.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    end() {
      caller.removeEventListener('abort', follow);
      controller.abort();
    },
  };
}
