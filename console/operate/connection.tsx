import type { ReadonlySignal } from '@preact/signals';
import type { Polled } from '../shared/polling.ts';
import { sayDuration } from './format.ts';

/** Data that is older was not read as it should be. Raised, a service that hangs is noticed later. */
const STALE_MS = 3_000;
/** The age that is promised; older data says its own. */
const LIVE_MS = 1_000;

/** Whether what is shown is not what is: the last attempt failed, or nothing came for seconds. */
export function isLost({ failure, readAt }: Polled<unknown>, now: number, shownAt: number): boolean {
  return failure !== undefined || now - Math.max(readAt, shownAt) > STALE_MS;
}

/** Says whether the page is up to date, and how old it is where not. */
export function Connection(props: { polled: Polled<unknown>; now: ReadonlySignal<number>; lost: boolean }) {
  const { polled, now, lost } = props;
  const age = (now.value - polled.readAt) / 1_000;
  if (!lost) {
    const isLive = polled.readAt > 0 && age * 1_000 <= LIVE_MS;
    const shownAge = polled.readAt > 0 ? `: ${age.toFixed(1)} s old` : '';
    return (
      <p class="operate-live soft" data-live={isLive}>
        <span class="operate-dot" />{' '}
        {isLive ? 'Live: at most a second old' : `Waiting for the service${shownAge}`}
      </p>
    );
  }
  return (
    <div class="operate-lost">
      <strong>Connection lost.</strong>{' '}
      {polled.readAt === 0 ? 'Nothing could be read yet.' : `What you see is ${sayDuration(age)} old.`} It is
      tried again every second.
    </div>
  );
}
