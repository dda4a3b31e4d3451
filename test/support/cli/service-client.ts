import { ServiceClient, type ServiceOptions } from '../../../src/cli/service-client.ts';
import type { Clock } from '../../../src/resilience/time/clock.ts';

/** The commands' client for a service at a URL. */
export function clientOf(
  options: ServiceOptions,
  clock?: Clock,
  clientHeaders: string[] = [],
): ServiceClient {
  const http = {
    host: '127.0.0.1',
    port: 1,
    corsOrigins: [],
    publicUrl: undefined,
    trustedProxies: [],
  };
  return new ServiceClient(options, { http, clientHeaders }, clock);
}

/** Its timers run out at once, and it tells how long they would have taken. */
export class HurriedClock implements Clock {
  private time = 0;

  now(): number {
    return this.time;
  }

  wall(): number {
    return this.time;
  }

  setTimer(callback: () => void, ms: number): () => void {
    this.time += ms;
    setImmediate(callback);
    return () => undefined;
  }
}
