import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hash, timingSafeEqual } from 'node:crypto';
import type { Logger } from 'pino';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { AppError } from '../http/app-error.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { bearerToken } from './actor.ts';

/** Admits requests with the admin key. */
@Injectable()
export class AdminTokenGuard implements CanActivate {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const given = bearerToken(http.getRequest<FastifyRequest>());
    if (given !== undefined && isSame(given, this.config.admin.token)) return true;
    this.logger.warn({ event: 'admin_refused', key_sent: given !== undefined });
    void http.getResponse<FastifyReply>().header('WWW-Authenticate', 'Bearer realm="admin"');
    throw new AppError('unauthorized');
  }
}

/** Compares in constant time, so that the duration reveals nothing about the key. */
function isSame(given: string, wanted: string | undefined): boolean {
  if (wanted === undefined) return false;
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', wanted, 'buffer'));
}
