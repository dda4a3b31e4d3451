import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { findFreePort } from '../test/support/free-port.ts';

/** What a process holds after everything that it no longer needs was cleared away; bytes. */
export interface HeapUse {
  /** Of the main thread. */
  heap: number;
  /** Of the whole process: with the code and buffers, and an embedded database if there is one. */
  resident: number;
}

/** What this process holds. */
export function measureOwnHeap(): HeapUse {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What a first one finds to be finalised goes with the second.
  collect();
  collect();
  const { heapUsed: heap, rss: resident } = process.memoryUsage();
  return { heap, resident };
}

/** Lets a service be measured from here, without anything for it in the service. */
export class ServiceHeap {
  /** With what the service is to be started. */
  readonly env: { NODE_OPTIONS: string; HEAP_PORT: string };

  private constructor(port: number) {
    const server = new URL('./heap-server.ts', import.meta.url).href;
    this.env = { NODE_OPTIONS: `--import ${server}`, HEAP_PORT: String(port) };
  }

  /** On a port that nobody uses. */
  static async choose(): Promise<ServiceHeap> {
    return new ServiceHeap(await findFreePort());
  }

  /** What the service holds. */
  async measure(signal: AbortSignal): Promise<HeapUse> {
    const response = await fetch(`http://127.0.0.1:${this.env.HEAP_PORT}/`, { signal });
    return (await response.json()) as HeapUse;
  }
}
