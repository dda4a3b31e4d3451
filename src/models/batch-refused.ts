import { ServiceError } from '../telemetry/service-error.ts';

/** A host made no vectors of some texts, although it works: either one of the texts or their number is too much for it. */
export class BatchRefusedError extends ServiceError {
  constructor(
    /** How many texts were sent. */
    readonly count: number,
    /** The host has said that their number is too much. Fewer are sent from now on. */
    readonly isTooMany: boolean,
    cause: unknown,
  ) {
    super(`the host made no vectors of ${count} texts, although it works`);
    this.name = 'BatchRefusedError';
    this.cause = cause;
  }
}
