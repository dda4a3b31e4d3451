import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { hash } from 'node:crypto';
import { AppError } from '../http/app-error.ts';

/** Who acts, and in which request. */
export interface Actor {
  name: string;
  requestId: string;
}

const FINGERPRINT_LENGTH = 8;
const NAME = /^[\x20-\x7e]{1,100}$/;
const NAME_RULE = 'must be at most 100 printable ASCII characters';

/** The bearer key of a request, if any. */
export function bearerToken(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** Parameter decorator: the name in `X-Admin-Actor`, which is not verified, or else the fingerprint of the key. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return { name: nameOf(request), requestId: String(request.id) };
});

function nameOf(request: FastifyRequest): string {
  const given = request.headers['x-admin-actor'];
  if (given === undefined) return `key:${fingerprint(bearerToken(request) ?? '')}`;
  if (typeof given === 'string' && NAME.test(given)) return given;
  throw new AppError('invalid_request', { details: [{ path: 'X-Admin-Actor', message: NAME_RULE }] });
}

/** A fingerprint that distinguishes keys without revealing them. */
function fingerprint(token: string): string {
  return hash('sha256', token).slice(0, FINGERPRINT_LENGTH);
}
