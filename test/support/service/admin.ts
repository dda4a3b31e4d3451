import type { GuardSnapshot } from '../../../src/resilience/guard/guard.ts';
import type { Reply, Service } from './service.ts';

export const ADMIN_TOKEN = 'correct-horse-battery-staple';

/** A guard as administration shows it. */
export type GuardView = GuardSnapshot & { settings: Record<string, unknown> };

/** The body of an action's response. */
export interface ActionBody {
  circuit_breaker: GuardView;
  stored: boolean;
  audited: boolean;
}

/** The body of `GET …/history`. */
export interface HistoryBody {
  name: string;
  source: string;
  changes: { at: number; from_state: string; to_state: string; fail_count: number; instance: string }[];
}

/** Calls `/admin/circuit-breakers` with the key. */
export function adminOf(service: Service, headers: Record<string, string> = {}) {
  const authorized = { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers };
  return <T = ActionBody>(method: string, path: string, body?: unknown): Promise<Reply<T>> =>
    service.request<T>(method, `/admin/circuit-breakers${path}`, body, { headers: authorized });
}
