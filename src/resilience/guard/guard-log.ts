import type { Logger } from 'pino';
import type { LogSampler } from '../../telemetry/log-sampler.ts';
import type { GuardEvent } from './guard-events.ts';

/** Writes down what a guard does. An open circuit rejects every question that comes, so of its rejections some are written. */
export function logGuardEvent(logger: Logger, sampler: LogSampler, event: GuardEvent): void {
  const breaker_name = event.guard;
  switch (event.type) {
    case 'attempt':
      return logger.debug({ event: 'circuit_call_attempt', breaker_name, trial: event.trial });
    case 'reset':
      return logger.info({ event: 'circuit_reset', breaker_name });
    case 'latched':
      return logger.error({ event: 'target_latched_out', breaker_name });
    case 'hold_ended':
      return logger.info({ event: 'circuit_hold_ended', breaker_name });
    case 'learnt':
      return logger.info({ event: 'target_adapted', breaker_name });
    case 'refusing':
      return logger.error({ event: 'target_refusing', breaker_name, cause: event.cause });
    case 'drill_begun': {
      const { id: drill_id, fault, share, reason, actor } = event.drill;
      const ttl_seconds = Math.ceil(event.leftMs / 1_000);
      const line = { breaker_name, drill_id, fault, share, ttl_seconds, reason, actor };
      return logger.warn({ event: 'drill_begun', ...line });
    }
    case 'drill_ended': {
      const { id: drill_id, fault, calls_hit } = event.drill;
      return logger.warn({ event: 'drill_ended', breaker_name, drill_id, fault, calls_hit, how: event.how });
    }
    case 'drill_met':
      return logger.debug({ event: 'drill_met', breaker_name, fault: event.fault });
    case 'retry':
      return logger.debug({ event: 'circuit_call_retry', breaker_name });
    case 'rejected':
      return sampler.write('warn', `${breaker_name} ${event.rejection}`, {
        event: 'circuit_call_rejected',
        breaker_name,
        rejection: event.rejection,
      });
    case 'state_change':
      return logger.warn({
        event: 'circuit_state_change',
        breaker_name,
        old_state: event.from,
        new_state: event.to,
        fail_count: event.failCount,
      });
    case 'settled': {
      const { errorType: error_type, durationMs: duration_ms, failCount: fail_count, late } = event;
      const line = { breaker_name, error_type, duration_ms: Math.round(duration_ms), fail_count, late };
      if (event.outcome === 'success') return logger.debug({ event: 'circuit_success', ...line });
      // Only an operator can fix a refused key or an unknown model.
      if (error_type === 'credentials' || error_type === 'not_found')
        logger.error({ event: 'target_latched_out', breaker_name });
      const failure = { event: 'circuit_failure', outcome: event.outcome, ...line, cause: event.cause };
      // A caller who leaves says nothing about the service.
      return error_type === 'cancelled' ? logger.debug(failure) : logger.warn(failure);
    }
  }
}
