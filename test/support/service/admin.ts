import type { EndedDrill } from '../../../src/admin/response.schema.ts';
import type { DrillView } from '../../../src/resilience/drills/drill.ts';
import type { GuardSnapshot } from '../../../src/resilience/guard/guard-snapshot.ts';
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

/** The body of `POST /admin/drills` and `DELETE /admin/drills/:id`. */
export interface DrillBody {
  drill: DrillView;
  stored: boolean;
  audited: boolean;
}

/** Calls `/admin/drills` with the key. */
export function drillsOf(service: Pick<Service, 'request'>, headers: Record<string, string> = {}) {
  const authorized = { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers };
  const call = <T>(method: string, path = '', body?: unknown): Promise<Reply<T>> =>
    service.request<T>(method, `/admin/drills${path}`, body, { headers: authorized });
  return {
    call,
    list: async () => (await call<{ running: DrillView[]; ended: EndedDrill[] }>('GET')).body,
    /** Begins a drill. @throws when that is refused */
    async begin(guard: string, fault: string, more: Record<string, unknown> = {}): Promise<DrillView> {
      const { status, body } = await call<DrillBody>('POST', '', { guard, fault, ...more });
      if (status !== 201) throw new Error(`the drill was refused: ${JSON.stringify(body)}`);
      return body.drill;
    },
    /** Ends a drill. @throws when that is refused */
    async end(id: string): Promise<DrillBody> {
      const { status, body } = await call<DrillBody>('DELETE', `/${id}`);
      if (status !== 200) throw new Error(`the drill was not ended: ${JSON.stringify(body)}`);
      return body;
    },
  };
}
