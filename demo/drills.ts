import { send } from '../bench/client.ts';

interface Begun {
  drill: { id: string };
}

/** Begins drills and ends them, by the admin API of a service. */
export class Drills {
  private readonly url: string;
  private readonly headers: Record<string, string>;
  private readonly signal: AbortSignal;
  private running: string[] = [];

  constructor(url: string, key: string, signal: AbortSignal) {
    this.url = `${url}/admin/drills`;
    this.headers = { authorization: `Bearer ${key}`, 'x-admin-actor': 'demo' };
    this.signal = signal;
  }

  /** Begins a drill that is ended by `endAll`, or after five minutes. @throws when it is refused */
  async begin(guard: string, fault: string): Promise<void> {
    const order = { guard, fault, reason: 'npm run demo' };
    const { status, body } = await send<Begun>(this.url, order, this.signal, this.headers);
    if (status !== 201) throw new Error(`a drill of ${guard} was refused with ${status}`);
    this.running.push(body.drill.id);
  }

  /** Ends the drills that run. One that is over counts as ended. */
  async endAll(): Promise<void> {
    for (const id of this.running)
      await fetch(`${this.url}/${id}`, { method: 'DELETE', headers: this.headers, signal: this.signal });
    this.running = [];
  }
}
