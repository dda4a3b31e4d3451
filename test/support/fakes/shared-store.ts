import type {
  CircuitStore,
  OverrideChange,
  OpenCircuit,
  StoredOverride,
} from '../../../src/resilience/sharing/circuit-store.ts';
import { sleep } from '../../../src/resilience/time/clock.ts';
import type { FakeClock } from './fake-clock.ts';

/** As the repository's. */
const PROMPT_MS = 1_000;

interface Row extends Omit<StoredOverride, 'leftMs'> {
  madeAt: number;
  endsAt: number | null;
}

/** What goes wrong between one instance and the store. */
export interface StoreFaults {
  /** No call comes through. */
  cut: boolean;
  /** Calls and answers take up to so long. */
  delayMs: number;
  /** Share of calls that get lost, half of them after they were carried out. */
  loss: number;
}

/** A store in memory with the semantics of the real one, which cuts, delays and loses as it is told. */
export class SharedStore {
  private readonly rows = new Map<string, Row>();
  private readonly open = new Map<string, { instance: string; guard: string; until: number }>();
  private revision = 0;

  constructor(
    private readonly clock: FakeClock,
    private readonly random: () => number,
  ) {}

  /** The store as that instance sees it; `faults` may change at any time. */
  connect(instance: string, faults: StoreFaults): CircuitStore {
    const now = () => this.clock.now();
    const call = <T>(work: () => T, signal: AbortSignal) => this.call(faults, work, signal);
    return {
      saveOverride: (change, signal) => call(() => this.saveControl(change), signal),
      readOverrides: (signal) =>
        call(
          () =>
            [...this.rows.values()].map(({ endsAt, ...row }) => ({
              ...row,
              leftMs: endsAt === null ? null : endsAt - now(),
            })),
          signal,
        ),
      saveOpen: ({ guard, leftMs }: OpenCircuit, signal) =>
        call(() => {
          this.open.set(`${instance} ${guard}`, { instance, guard, until: now() + leftMs });
        }, signal),
      deleteOpen: (guard, signal) => call(() => void this.open.delete(`${instance} ${guard}`), signal),
      readOpen: (signal) =>
        call(
          () =>
            [...this.open.values()]
              .filter((circuit) => circuit.instance === instance && circuit.until > now())
              .map(({ guard, until }) => ({ guard, leftMs: until - now() })),
          signal,
        ),
    };
  }

  private saveControl({ guard, key, value, leftMs, ageMs }: OverrideChange): number | null {
    const id = `${guard} ${key}`;
    const now = this.clock.now();
    const madeAt = now - ageMs;
    const known = this.rows.get(id);
    if (known && ageMs >= PROMPT_MS && known.madeAt > madeAt) return null;
    const endsAt = leftMs === null ? null : now + leftMs;
    this.rows.set(id, { guard, key, value, madeAt, endsAt, revision: ++this.revision });
    return this.revision;
  }

  private async call<T>(faults: StoreFaults, work: () => T, signal: AbortSignal): Promise<T> {
    const fate = this.random();
    await this.travel(faults, signal);
    if (fate < faults.loss / 2) throw new Error('the call was lost');
    const value = work();
    await this.travel(faults, signal);
    if (fate < faults.loss) throw new Error('the answer was lost');
    return value;
  }

  private async travel(faults: StoreFaults, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (faults.delayMs > 0) await sleep(this.clock, this.random() * faults.delayMs, signal);
    if (faults.cut) throw new Error('the store cannot be reached');
  }
}
