import { MAX_DEPTH, MAX_VALUES, type JsonFault } from '../../schemas/strict-json.ts';
import { AppError } from '../app-error.ts';

const refusals: Record<JsonFault, (maxValues: number) => AppError> = {
  not_utf8: () => invalid('the body is not valid UTF-8'),
  not_json: () => invalid('the body is not valid JSON, or has a field __proto__ or constructor.prototype'),
  values: (max) => new AppError('payload_too_large', { message: `At most ${max} values in one call.` }),
  depth: () => invalid(`the body has more than ${MAX_DEPTH} lists and objects inside one another`),
};

/** The error for a body that is not taken as JSON. */
export function refuseJson(fault: JsonFault, maxValues = MAX_VALUES): AppError {
  return refusals[fault](maxValues);
}

function invalid(message: string): AppError {
  return new AppError('invalid_request', { details: [{ path: '', message }] });
}
