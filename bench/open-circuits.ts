import { send } from './client.ts';

/** The token under which circuits are forced and reset. */
export const ADMIN_TOKEN = 'a-token-for-benchmarks-alone';
const TTL_SECONDS = 3_600;

/** Takes everything away that has a circuit. */
export async function openCircuits(url: string, signal: AbortSignal): Promise<void> {
  for (const name of await namesOf(url, signal)) await openCircuit(url, name, signal);
}

/** Takes away what has the circuit of that name. */
export async function openCircuit(url: string, name: string, signal: AbortSignal): Promise<void> {
  await act(url, `${name}/force-state`, { state: 'open', ttl_seconds: TTL_SECONDS }, signal);
}

/** Closes all circuits, and forgets what they have seen. */
export async function resetCircuits(url: string, signal: AbortSignal): Promise<void> {
  for (const name of await namesOf(url, signal)) await act(url, `${name}/reset`, {}, signal);
}

async function namesOf(url: string, signal: AbortSignal): Promise<string[]> {
  const { body } = await send<{ circuit_breakers: object }>(
    `${url}/health/circuit-breaker`,
    undefined,
    signal,
  );
  return Object.keys(body.circuit_breakers);
}

async function act(url: string, action: string, body: object, signal: AbortSignal): Promise<void> {
  const path = `/admin/circuit-breakers/${action}`;
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const { status } = await send(url + path, body, signal, headers);
  if (status !== 200) throw new Error(`${path} gave ${status}`);
}
