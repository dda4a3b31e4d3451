const SOURCES = '/src/';

/** The listeners that the service's own code has on signals. */
export interface AbortListeners {
  /** Those that are there now, by where they were added. */
  readonly held: string[];
  /** Watches no more. */
  stop(): void;
}

/** Watches, from now on, the listeners that the service's own code adds to signals and takes away again. */
export function watchAbortListeners(): AbortListeners {
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  const held = new Map<AbortSignal, Map<unknown, string>>();
  const own = {
    addEventListener(this: AbortSignal, ...parameters: Parameters<EventTarget['addEventListener']>) {
      const caller = new Error('where').stack?.split('\n')[2] ?? '';
      const [, listener] = parameters;
      if (caller.includes(SOURCES)) {
        const listeners = held.get(this) ?? new Map<unknown, string>();
        held.set(this, listeners.set(listener, caller.slice(caller.indexOf(SOURCES) + 1)));
        // An event that has come takes the listener away, since all of them are for one event.
        addEventListener.call(this, 'abort', () => held.delete(this), { once: true });
      }
      addEventListener.apply(this, parameters);
    },
    removeEventListener(this: AbortSignal, ...parameters: Parameters<EventTarget['removeEventListener']>) {
      held.get(this)?.delete(parameters[1]);
      removeEventListener.apply(this, parameters);
    },
  };
  Object.assign(AbortSignal.prototype, own);
  return {
    get held() {
      return [...held.values()].flatMap((listeners) => [...listeners.values()]).sort();
    },
    stop() {
      for (const name of Object.keys(own)) Reflect.deleteProperty(AbortSignal.prototype, name);
    },
  };
}
