import type { ReadonlySignal } from '@preact/signals';
import type { Polled } from '../shared/polling.ts';
import { sayDuration } from './format.ts';

/** Data that is older was not read as it should be. Raised, a service that hangs is noticed later. */
const STALE_MS = 3_000;

/** Whether what is shown is not what is: the last attempt failed, or nothing came for seconds. */
export function isLost({ failure, readAt }: Polled<unknown>, now: number, shownAt: number): boolean {
  return failure !== undefined || now - Math.max(readAt, shownAt) > STALE_MS;
}

/** Says whether the page is up to date, and how old it is where not. */
export function Connection(props: { polled: Polled<unknown>; now: ReadonlySignal<number>; lost: boolean }) {
  const { polled, now, lost } = props;
  if (!lost)
    return (
      <p class="operate-live soft">
        <span class="operate-dot" /> Live: at most a second old
      </p>
    );
  const age = (now.value - polled.readAt) / 1_000;
  return (
    <div class="operate-lost">
      <strong>Connection lost.</strong>{' '}
      {polled.readAt === 0 ? 'Nothing could be read yet.' : `What you see is ${sayDuration(age)} old.`} It is
      tried again every second.
    </div>
  );
}
