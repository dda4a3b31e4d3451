import type { Logger } from 'pino';

/** What is remembered of the lines of a kind. */
interface Kind {
  /** When the next one is due, in monotonic milliseconds. */
  dueAt: number;
  /** Lines left out since the last one that was due. */
  repeats: number;
}

/** Between two lines of a kind. Raising it makes an outage take fewer lines, and shows later that the outage goes on. */
const EVERY_MS = 10_000;

/** Keeps lines that say the same from flooding the log: of each kind the first is written, and then one per interval. */
export class LogSampler {
  private readonly kinds = new Map<string, Kind>();

  constructor(
    private readonly logger: Logger,
    /** Monotonic milliseconds. */
    private readonly now: () => number,
    private readonly everyMs = EVERY_MS,
  ) {}

  /**
   * Writes a line at its level when one of its kind is due, with the number of those left out before it as `repeats`. Others
   * are written at `debug`.
   * @param kind one of a bounded set, since each is remembered
   */
  write(level: 'info' | 'warn' | 'error', kind: string, line: object): void {
    const repeats = this.take(kind);
    if (repeats === undefined) this.logger.debug(line);
    else this.logger[level](repeats > 0 ? { ...line, repeats } : line);
  }

  private take(kind: string): number | undefined {
    const now = this.now();
    const known = this.kinds.get(kind);
    if (known && now < known.dueAt) {
      known.repeats++;
      return undefined;
    }
    this.kinds.set(kind, { dueAt: now + this.everyMs, repeats: 0 });
    return known?.repeats ?? 0;
  }
}
