import { ServiceError } from '../telemetry/service-error.ts';

/** A vector of a model has another length than the vectors of that model that are stored, or than another one it made. */
export class DimensionMismatchError extends ServiceError {
  readonly defect = 'wrong_dimension';

  constructor(
    readonly model: string,
    readonly expected: number,
    readonly received: number,
  ) {
    super(`${model} has ${expected} dimensions, not ${received}`);
    this.name = 'DimensionMismatchError';
  }
}
