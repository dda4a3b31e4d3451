/** The abort of one call over the network, apart from its caller's. */
export interface Call {
  signal: AbortSignal;
  abort(reason: unknown): void;
  /** Releases the caller's signal, and a connection that the call has left open. */
  end(): void;
}

/**
 * Starts a call that is aborted with its caller; to be ended exactly once.
 * @throws the caller's reason when it has aborted already
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
