import {
  createParamDecorator,
  Inject,
  Injectable,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hash, timingSafeEqual } from 'node:crypto';
import type { Logger } from 'pino';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { AppError } from '../http/app-error.ts';
import { callerOf } from '../http/requests/caller-address.ts';
import { AttemptLimiter } from '../resilience/limits/attempt-limiter.ts';
import { CLOCK, type Clock } from '../resilience/time/clock.ts';
import { LOGGER } from '../telemetry/logger.ts';

/** Wrong keys of one caller. Raised, keys can be guessed faster; lowered, a wrong script blocks its address sooner. */
const LIMITS = { maxFailures: 20, windowMs: 60_000, maxCallers: 10_000 };

/** The failed attempts of all admin routes together. */
@Injectable()
export class AdminAttempts extends AttemptLimiter {
  constructor(@Inject(CLOCK) clock: Clock) {
    super(LIMITS, clock);
  }
}

/** Admits requests with the admin key. After too many without it, a caller is refused whatever the key. */
@Injectable()
export class AdminTokenGuard implements CanActivate {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly attempts: AdminAttempts,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const address = callerOf(request);
    const blockedMs = this.attempts.blockedMs(address);
    if (blockedMs > 0)
      throw new AppError('too_many_requests', { retryAfterSeconds: Math.ceil(blockedMs / 1_000) });
    const given = bearerToken(request);
    if (given !== undefined && isSame(given, this.config.admin.token)) return true;
    this.attempts.recordFailure(address);
    const blocked = this.attempts.blockedMs(address) > 0;
    this.logger.warn({ event: 'admin_refused', address, key_sent: given !== undefined, blocked });
    void http.getResponse<FastifyReply>().header('WWW-Authenticate', 'Bearer realm="admin"');
    throw new AppError('unauthorized');
  }
}

/** Compares in constant time, so that the duration reveals nothing about the key. */
function isSame(given: string, wanted: string | undefined): boolean {
  if (wanted === undefined) return false;
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', wanted, 'buffer'));
}

/** The bearer key of a request, if any. */
function bearerToken(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** Who acts, and in which request. */
export interface Actor {
  name: string;
  requestId: string;
}

const FINGERPRINT_LENGTH = 8;
/** What a header may hold everywhere. */
const SENT_NAME = /^[\x20-\x7e]+$/;
/** No control characters and no ends of lines. */
const NAME = /^[^\p{Cc}\p{Zl}\p{Zp}]{1,100}$/u;
const NAME_RULE =
  'must be 1 to 100 characters, percent-encoded where they are not ASCII (`Ren%C3%A9`) or a `%` (`%25`)';

/** Parameter decorator: the name in `X-Admin-Actor`, which is not verified, or else a fingerprint that does not reveal the key. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return { name: nameOf(request), requestId: String(request.id) };
});

function nameOf(request: FastifyRequest): string {
  const given = request.headers['x-admin-actor'];
  if (given === undefined)
    return `key:${hash('sha256', bearerToken(request) ?? '').slice(0, FINGERPRINT_LENGTH)}`;
  const name = typeof given === 'string' && SENT_NAME.test(given) ? decodePercent(given) : undefined;
  if (name !== undefined && NAME.test(name)) return name;
  throw new AppError('invalid_request', { details: [{ path: 'X-Admin-Actor', message: NAME_RULE }] });
}

function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
