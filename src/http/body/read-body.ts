import type { Readable } from 'node:stream';
import type { Clock } from '../../resilience/time/clock.ts';
import { AppError } from '../app-error.ts';
import { CallerGoneError } from '../requests/caller-signal.ts';
import type { BodyClaim } from './body-budget.ts';

/** What a body may take. */
export interface ReadLimits {
  /** Bytes. */
  maxBytes: number;
  /** Of `Content-Length`; undefined for a body that comes in chunks. */
  declaredBytes: number | undefined;
  claim: BodyClaim;
  clock: Clock;
}

/** How often the rate of a body is looked at. Raised, a body that stalls holds its memory for longer. */
const CHECK_MS = 20_000;
/** The least bytes between two checks, unless fewer are missing. Raised, slow networks cannot send large documents. */
const MIN_BYTES = 1_280 * 1_024;

/** How long the rest of a refused body is awaited. Raised, a caller who sends no more waits for the refusal for longer. */
const DISCARD_MS = 2_000;

/**
 * Reads a body into memory that was claimed before. The rest of a body that is refused is discarded before this rejects:
 * closing the connection while it still arrives would reset the connection, and the caller would lose the response.
 * @throws AppError `payload_too_large`, `overloaded`, `too_many_requests`; `request_timeout` for a body that arrives too slowly;
 * CallerGoneError
 */
export async function readBody(payload: Readable, limits: ReadLimits): Promise<Buffer<ArrayBuffer>> {
  try {
    return await collect(payload, limits);
  } catch (error) {
    await discard(payload, limits.clock);
    throw error;
  }
}

function discard(payload: Readable, clock: Clock): Promise<void> {
  if (payload.readableEnded || payload.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const leave = () => {
      cancel();
      payload.off('end', leave).off('close', leave);
      resolve();
    };
    const cancel = clock.setTimer(leave, DISCARD_MS);
    payload.on('end', leave).on('close', leave).resume();
  });
}

function collect(payload: Readable, limits: ReadLimits): Promise<Buffer<ArrayBuffer>> {
  const { maxBytes, declaredBytes, claim, clock } = limits;
  const { promise, resolve, reject } = Promise.withResolvers<Buffer<ArrayBuffer>>();
  const pieces: Buffer[] = [];
  let received = 0;
  let checked = 0;
  let cancelCheck: (() => void) | undefined;

  const leave = () => {
    cancelCheck?.();
    payload.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
  };
  const fail = (error: Error) => {
    leave();
    reject(error);
  };
  const check = () => {
    const missing = (declaredBytes ?? maxBytes) - checked;
    if (received - checked < Math.min(MIN_BYTES, missing)) return fail(new AppError('request_timeout'));
    checked = received;
    cancelCheck = clock.setTimer(check, CHECK_MS);
  };
  const onData = (piece: Buffer) => {
    received += piece.length;
    try {
      if (received > maxBytes) throw new AppError('payload_too_large');
      if (declaredBytes === undefined) claim.grow(piece.length);
    } catch (error) {
      return fail(error as AppError);
    }
    pieces.push(piece);
  };
  const onEnd = () => {
    leave();
    resolve(Buffer.concat(pieces, received));
  };
  const onGone = () => fail(new CallerGoneError());

  try {
    if ((declaredBytes ?? 0) > maxBytes) throw new AppError('payload_too_large');
    claim.grow(declaredBytes ?? 0);
    payload.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
    cancelCheck = clock.setTimer(check, CHECK_MS);
  } catch (error) {
    reject(error as AppError);
  }
  return promise;
}
