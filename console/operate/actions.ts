import { signal } from '@preact/signals';
import { call, callJson } from '../shared/api.ts';
import { announce } from '../shared/status.ts';
import type { Drill, Guard, Settings } from './types.ts';

/** The way back from an action. */
export interface Undo {
  /** What was done, as a sentence. */
  done: string;
  /** Says on the button what it restores. */
  label: string;
  restore: () => Promise<void>;
  /** Whether what was done still holds, so that the way back makes sense. */
  isOf: (guard: Guard) => boolean;
}

/** The last action on each guard that can be undone. */
export const undos = signal<Record<string, Undo>>({});

/** The name that is sent with actions; the service records a fingerprint of the key without one. */
export const actorName = signal('');

/** A state that can be asked for. */
export type WantedState = 'open' | 'closed' | 'half-open' | 'reset';

/** What `force-state` takes. */
interface Force {
  state: string;
  ttl_seconds?: number;
  reason?: string;
}

const DONE: Record<WantedState, string> = {
  open: 'forced open',
  closed: 'forced closed',
  'half-open': 'given trial calls',
  reset: 'reset',
};

/** Forces a state, gives trials or resets. @throws ApiError */
export async function changeState(
  guard: Guard,
  wanted: WantedState,
  { ttlSeconds, reason }: { ttlSeconds: number; reason: string },
): Promise<void> {
  const why = reason === '' ? {} : { reason };
  if (wanted === 'reset') await send('POST', guard.name, 'reset', why);
  else {
    const forced = wanted === 'half-open' ? {} : { ttl_seconds: ttlSeconds };
    await force(guard.name, { state: wanted, ...forced, ...why });
  }
  const before = formerForce(guard, wanted);
  const mode = wanted === 'open' || wanted === 'closed' ? `forced_${wanted}` : 'auto';
  const done = `${guard.name} was ${DONE[wanted]}.`;
  offerUndo(
    guard.name,
    before && {
      done,
      label: `Undo: ${sayForce(before)}`,
      restore: () => force(guard.name, { ...before, reason: 'undone in the console' }),
      isOf: (now) => now.mode === mode,
    },
  );
  announce(done);
}

/** Changes settings. @throws ApiError */
export async function changeSettings(
  { name }: Guard,
  former: Settings,
  defaults: Settings,
  changes: Partial<Settings>,
  reason: string,
): Promise<void> {
  await send('PATCH', name, '', { ...changes, ...(reason !== '' && { reason }) });
  // A default stays one: it is not to become an override of the same value.
  const restored = Object.fromEntries(
    (Object.keys(changes) as (keyof Settings)[]).map((key) => [
      key,
      former[key] === defaults[key] ? null : former[key],
    ]),
  );
  const done = `The thresholds of ${name} were changed.`;
  offerUndo(name, {
    done,
    label: 'Undo: the former thresholds',
    restore: () => send('PATCH', name, '', { ...restored, reason: 'undone in the console' }),
    isOf: () => true,
  });
  announce(done);
}

/** A drill that is to begin. */
export interface NewDrill {
  fault: string;
  share: number;
  ttl_seconds: number;
  reason?: string;
}

/** Begins a drill. @throws ApiError */
export async function beginDrill({ name }: Guard, drill: NewDrill): Promise<void> {
  await callJson('admin/drills', {
    method: 'POST',
    body: { guard: name, ...drill },
    isAdmin: true,
    headers: actorHeaders(),
  });
  // Its card shows the drill with a button that ends it, so there is no other way back.
  offerUndo(name, undefined);
  announce(`The drill of ${name} has begun.`);
}

/** Ends a drill. @throws ApiError */
export async function endDrill({ name }: Guard, { id }: Drill): Promise<void> {
  await call(`admin/drills/${encodeURIComponent(id)}`, {
    method: 'DELETE',
    isAdmin: true,
    headers: actorHeaders(),
    limitMs: 10_000,
  });
  announce(`The drill of ${name} has ended.`);
}

/** Restores what was before the last action. @throws ApiError */
export async function undo(guard: string): Promise<void> {
  await undos.value[guard]?.restore();
  offerUndo(guard, undefined);
  announce(`${guard} is as it was before.`);
}

/** Offers a way back, or none. */
function offerUndo(guard: string, way: Undo | undefined): void {
  const others = Object.entries(undos.value).filter(([name]) => name !== guard);
  undos.value = Object.fromEntries(way ? [...others, [guard, way]] : others);
}

/**
 * What `force-state` must be told so that a guard is again as it was. Undefined where nothing was lost: a circuit that is
 * given trials or is reset was closed already.
 */
function formerForce(guard: Guard, wanted: WantedState): Force | undefined {
  const { mode, mode_ends_in: left, retry_after: openLeft } = guard;
  if (mode === 'forced_open' || mode === 'forced_closed') {
    return { state: mode === 'forced_open' ? 'open' : 'closed', ttl_seconds: Math.max(1, left ?? 1) };
  }
  if (wanted === 'open' || wanted === 'closed') return { state: 'auto' };
  if (openLeft !== null && openLeft > 0) return { state: 'open', ttl_seconds: openLeft };
  return undefined;
}

function sayForce({ state, ttl_seconds: seconds }: Force): string {
  return state === 'auto' ? 'leave it to its rules again' : `${state} for the ${seconds} s that were left`;
}

function force(name: string, body: Force): Promise<void> {
  return send('POST', name, 'force-state', body);
}

async function send(method: string, name: string, what: string, body: object): Promise<void> {
  const path = `admin/circuit-breakers/${encodeURIComponent(name)}${what === '' ? '' : `/${what}`}`;
  await callJson(path, { method, body, isAdmin: true, headers: actorHeaders() });
}

function actorHeaders(): Record<string, string> {
  const name = actorName.value.toWellFormed();
  return name === '' ? {} : { 'x-admin-actor': encodeURIComponent(name) };
}
