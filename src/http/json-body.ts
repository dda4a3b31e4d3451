import { isUtf8 } from 'node:buffer';
import { setImmediate } from 'node:timers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { AppError } from './app-error.ts';
import { JsonSize, type JsonExcess } from '../schemas/json-size.ts';

/**
 * Of one body; 1,000 documents with 50 metadata fields each have 57,000. Parsing and checking more would block the process
 * for longer than some 50 ms each.
 */
const MAX_VALUES = 60_000;
/** Far deeper than any body that a schema accepts. */
const MAX_DEPTH = 32;
/** Counting a larger piece in one go would block the process for longer than a millisecond. */
const PIECE_BYTES = 64 * 1_024;

/**
 * Makes the server take JSON in UTF-8 alone, with a bounded number of values. Without this Fastify accepts invalid UTF-8
 * with replacement characters, and stores text that nobody sent; and refuses an empty body where none is needed, since many
 * clients name a type with every request.
 */
export function readJsonStrictly(server: FastifyInstance): void {
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    if (!isUtf8(body)) return done(invalid('the body is not valid UTF-8'), undefined);
    const size = new JsonSize({ values: MAX_VALUES, depth: MAX_DEPTH });
    const parse = (excess: JsonExcess | undefined, end: typeof done) => {
      if (excess) end(refusals[excess](), undefined);
      else void parseJson(request, body.toString(), end);
    };
    if (body.length <= PIECE_BYTES) return parse(size.add(body), done);
    // Checking what a large body holds takes as long as parsing it: each gets a turn of the event loop.
    const endLater: typeof done = (error, value) => void setImmediate(done, error, value);
    void measure(body, size).then((excess) => parse(excess, endLater), done);
  });
}

const refusals: Record<JsonExcess, () => AppError> = {
  values: () => new AppError('payload_too_large', { message: `At most ${MAX_VALUES} values in one call.` }),
  depth: () => invalid(`the body has more than ${MAX_DEPTH} lists and objects inside one another`),
};

/** Counts in pieces, between which other requests are served. */
async function measure(body: Buffer, size: JsonSize): Promise<JsonExcess | undefined> {
  for (let start = 0; start < body.length; start += PIECE_BYTES) {
    const excess = size.add(body.subarray(start, start + PIECE_BYTES));
    if (excess) return excess;
    await nextTurn();
  }
  return undefined;
}

function invalid(message: string): AppError {
  return new AppError('invalid_request', { details: [{ path: '', message }] });
}
