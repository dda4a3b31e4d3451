import { computed, signal as createSignal, type ReadonlySignal } from '@preact/signals';
import { adminKey } from '../shared/admin-key.ts';
import { addressOf, call, callJson } from '../shared/api.ts';
import { poll, type Poller } from '../shared/polling.ts';
import { readCounters, type Counters } from './metrics.ts';
import type { AdminCircuits, Circuits, Health, Stored, Timeline } from './types.ts';

/** A little less than a second, so that a card is at most a second old. */
const CARD_PAUSE_MS = 700;
const TIMELINE_PAUSE_MS = 1_000;
const SLOW_PAUSE_MS = 5_000;
/** The service counts rows for it. */
const STORED_PAUSE_MS = 15_000;
const PRESENT_PAUSE_MS = 10_000;
/** Raised, a service that hangs is noticed later. */
const LIMIT_MS = 2_500;

/** The span that the timeline shows: the last seconds, or from one time to another in epoch seconds. */
export type Span = { lastSeconds: number } | { from: number; to: number };
export const span = createSignal<Span>({ lastSeconds: 900 });

/** How far the service's clock is ahead of the browser's. */
const aheadMs = createSignal(0);

/** The epoch seconds of the service's clock. */
export function serviceNow(): number {
  return (Date.now() + aheadMs.value) / 1_000;
}

/** Everything that the page reads again and again, until `stop`. */
export function startReading() {
  const circuits = poll(readCircuits, { pauseMs: CARD_PAUSE_MS, limitMs: LIMIT_MS });
  const health = poll(readHealth, { pauseMs: CARD_PAUSE_MS, limitMs: LIMIT_MS });
  const counters = poll(readMetrics, { pauseMs: SLOW_PAUSE_MS });
  const settings = poll(
    whenKeyed((signal) => callJson<AdminCircuits>('admin/circuit-breakers', { signal, isAdmin: true })),
    { pauseMs: SLOW_PAUSE_MS },
  );
  const stored = poll(
    whenKeyed((signal) => callJson<Stored>('admin/stored', { signal, isAdmin: true })),
    { pauseMs: STORED_PAUSE_MS },
  );
  const timeline = poll(whenKeyed(readTimeline), { pauseMs: TIMELINE_PAUSE_MS });
  // A forced mode or a drill that holds now may have begun outside of the span that is shown.
  const present = poll(
    whenKeyed((signal) => fetchTimeline(serviceNow(), serviceNow(), signal)),
    { pauseMs: PRESENT_PAUSE_MS },
  );
  const all = [circuits, health, counters, settings, stored, timeline, present];
  const states = computed(() => {
    const guards = Object.values(circuits.state.value.value?.circuit_breakers ?? {});
    return guards.map(({ name, state, mode }) => `${name} ${state} ${mode}`).join();
  });
  const stopFollowing = [
    follow(adminKey, [settings, stored, timeline, present]),
    follow(span, [timeline]),
    // The timeline tells a change as soon as the cards do.
    follow(states, [timeline]),
  ];
  return {
    circuits,
    health,
    counters,
    settings,
    stored,
    timeline,
    present,
    readNow: () => all.forEach((one) => one.readNow()),
    stop() {
      stopFollowing.forEach((end) => end());
      all.forEach((one) => one.stop());
    },
  };
}

/** Reads anew at each change of a value. Returns what ends it. */
function follow(changed: ReadonlySignal<unknown>, pollers: Poller<unknown>[]): () => void {
  let isFirst = true;
  return changed.subscribe(() => {
    if (!isFirst) for (const poller of pollers) poller.readNow();
    isFirst = false;
  });
}

/** What the page reads. */
export type OperateData = ReturnType<typeof startReading>;

/** Reads only while there is a key; without one there is no value. */
function whenKeyed<T>(read: (signal: AbortSignal) => Promise<T>) {
  return (signal: AbortSignal): Promise<T | undefined> =>
    adminKey.value === '' ? Promise.resolve(undefined) : read(signal);
}

async function readCircuits(signal: AbortSignal): Promise<Circuits> {
  const circuits = await callJson<Circuits>('health/circuit-breaker', { signal });
  aheadMs.value = circuits.timestamp * 1_000 - Date.now();
  return circuits;
}

/** A service that is down says so with status 503 and the same body. */
async function readHealth(signal: AbortSignal): Promise<Health> {
  const response = await fetch(addressOf('health'), { cache: 'no-store', signal });
  return (await response.json()) as Health;
}

async function readMetrics(signal: AbortSignal): Promise<Counters> {
  return readCounters(await (await call('metrics', { signal })).text());
}

function readTimeline(signal: AbortSignal): Promise<Timeline> {
  const shown = span.value;
  const [from, to] =
    'from' in shown ? [shown.from, shown.to] : [serviceNow() - shown.lastSeconds, serviceNow()];
  return fetchTimeline(from, to, signal);
}

function fetchTimeline(from: number, to: number, signal: AbortSignal): Promise<Timeline> {
  return callJson<Timeline>(`admin/timeline?from=${from}&to=${to}&limit=1000`, { signal, isAdmin: true });
}
