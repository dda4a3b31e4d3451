import type { Guard } from '../resilience/guard/guard.ts';
import type { TargetRank } from '../targets/ranking/target-rank.ts';

/** How a model is used now. */
export interface TargetState {
  /** The state of its circuit where it is used as configured, else what keeps it from that. */
  state: string;
  /** The reason in words; undefined where the model is used as configured. */
  reason?: string;
}

/** Why a guard makes fewer calls than its circuit's state says, or a target comes after the others. */
const REASONS: Record<string, string> = {
  forced_open: 'was taken out by an operator',
  latched: 'refuses the key, the model or the address',
  throttled: 'asked for a pause',
  loading: 'is loading',
  open: 'fails',
  'half-open': 'is being tried again after failures',
  refusing: 'refuses different questions for one reason',
  silent: 'does not answer in time, so others are asked first',
  slow: 'is slower than others, which are asked first',
  failing: 'fails often, so others are asked first',
};

/** The causes of a latch that no other key, model or address mends, but money does. */
const UNPAID = /^http_(?:402|429)/;

/**
 * Says how a model is used now.
 * @param demotion why it comes after the others, if it does
 */
export function readTargetState(guard: Guard, demotion: TargetRank['demotion']): TargetState {
  const { name, rejection } = guard;
  const { state, last_failure_cause: cause } = guard.snapshot();
  const isOpen = rejection === 'open' || rejection === 'half_open_full';
  const held = isOpen ? state : rejection;
  const seen = held ?? (state === 'closed' ? demotion?.cause : undefined) ?? state;
  const isUnpaid = seen === 'latched' && UNPAID.test(cause ?? '');
  const reason = isUnpaid ? 'says that the account has no credit or quota left' : REASONS[seen];
  if (reason === undefined) return { state: seen };
  const known = cause === null || seen === 'forced_open' ? '' : ` (${cause})`;
  return { state: seen, reason: `${name} ${reason}${known}` };
}
