import type { Logger } from 'pino';
import { DimensionMismatchError } from '../models/dimension-mismatch.ts';
import type { Clock } from '../resilience/time/clock.ts';
import { ExpiringValue } from '../resilience/time/expiring-value.ts';

/** The expected and the received length of a host's vectors. */
export interface DimensionMismatch {
  expected: number;
  received: number;
}

/**
 * A host whose vectors alternate in length is logged once in this time, in milliseconds. Raising it may leave a host that
 * fails again unlogged for longer.
 */
const LOG_AGAIN_MS = 600_000;

const ADVICE =
  'The host made vectors of another length than the others of its model, so they are not used; without another host ' +
  'questions are searched by words. Let EMBEDDING_TARGETS name a host of the model that made the others, or give the new ' +
  'model a name of its own, under which every document is embedded again.';

/** Checks that the hosts of one model return vectors of one length. */
export class DimensionCheck {
  private stored: number | undefined;
  private readonly found = new Map<string, DimensionMismatch>();
  private readonly logged = new Map<string, ExpiringValue<DimensionMismatch>>();

  constructor(
    private readonly model: string,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** The hosts, by the names of their guards, whose last vectors had another length. */
  get mismatches(): Record<string, DimensionMismatch> {
    return Object.fromEntries(this.found);
  }

  /** Sets the length of the model's stored vectors; undefined when none is stored, which every length fits. */
  expect(dimension: number | undefined): void {
    if (dimension !== this.stored) this.found.clear();
    this.stored = dimension;
  }

  /**
   * Compares the length of a host's vectors with that of the stored ones, and logs a difference once.
   * @param host the name of its guard
   * @param expected the length to compare with instead
   * @throws DimensionMismatchError
   */
  check(host: string, vectors: number[][], expected = this.stored): void {
    const received = vectors[0]?.length;
    if (received === undefined || expected === undefined) return;
    if (received === expected) {
      this.found.delete(host);
      return;
    }
    this.note(host, { expected, received });
    throw new DimensionMismatchError(this.model, expected, received);
  }

  private note(host: string, mismatch: DimensionMismatch): void {
    const isKnown =
      isSame(this.found.get(host), mismatch) || isSame(this.logged.get(host)?.current, mismatch);
    this.found.set(host, mismatch);
    if (isKnown) return;
    const logged = new ExpiringValue<DimensionMismatch>(this.clock);
    logged.set(mismatch, LOG_AGAIN_MS);
    this.logged.set(host, logged);
    const line = {
      event: 'embedding_dimension_mismatch',
      breaker_name: host,
      model: this.model,
      expected_dimension: mismatch.expected,
      received_dimension: mismatch.received,
    };
    this.logger.error(line, ADVICE);
  }
}

function isSame(one: DimensionMismatch | undefined, other: DimensionMismatch): boolean {
  return one?.expected === other.expected && one.received === other.received;
}
