import { send } from './client.ts';

/** The token under which `openCircuits` acts. */
export const ADMIN_TOKEN = 'a-token-for-benchmarks-alone';
const TTL_SECONDS = 3_600;

/** Takes everything away that has a circuit. */
export async function openCircuits(url: string, signal: AbortSignal): Promise<void> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const { body } = await send<{ circuit_breakers: object }>(
    `${url}/health/circuit-breaker`,
    undefined,
    signal,
  );
  for (const name of Object.keys(body.circuit_breakers)) {
    const path = `/admin/circuit-breakers/${name}/force-state`;
    const { status } = await send(url + path, { state: 'open', ttl_seconds: TTL_SECONDS }, signal, headers);
    if (status !== 200) throw new Error(`${path} gave ${status}`);
  }
}
