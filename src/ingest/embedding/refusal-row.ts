import { ServiceError } from '../../telemetry/service-error.ts';

/**
 * Refusals in a row that are the host's fault. Raised, a host that refuses everything is called more often in vain. Lowered,
 * a document whose chunks are all refused delays others by a minute more easily.
 */
const MAX_IN_A_ROW = 64;

/** The hosts of a model refused many texts in a row. */
export class TextsRefusedError extends ServiceError {
  constructor() {
    super(`${MAX_IN_A_ROW} texts in a row were refused`);
    this.name = 'TextsRefusedError';
  }
}

/** Counts the texts that the hosts of a model refuse one after the other. */
export class RefusalRow {
  private length = 0;

  /** Ends the row. */
  end(): void {
    this.length = 0;
  }

  /** Counts a refusal, and ends a row that is too long. @throws TextsRefusedError */
  add(): void {
    this.length++;
    if (this.length < MAX_IN_A_ROW) return;
    this.end();
    throw new TextsRefusedError();
  }
}
