import type { Verdict } from './judge-guard.ts';

const PATHS: Record<Verdict['shape'], string> = {
  // A tick in a full circle.
  closed: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm-1.6 14.4-4-4 1.7-1.7 2.3 2.3 5.5-5.5 1.7 1.7Z',
  // A cross in an octagon.
  open: 'M7.9 2h8.2L22 7.9v8.2L16.1 22H7.9L2 16.1V7.9Zm.6 4.8L6.8 8.5l3.5 3.5-3.5 3.5 1.7 1.7 3.5-3.5 3.5 3.5 1.7-1.7-3.5-3.5 3.5-3.5-1.7-1.7-3.5 3.5Z',
  // A circle of which one half is full.
  'half-open': 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm0 2.4v15.2a7.6 7.6 0 0 1 0-15.2Z',
  // Two bars of a pause.
  held: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20ZM8 7.5h2.8v9H8Zm5.2 0H16v9h-2.8Z',
  // A lock.
  forced: 'M12 2a5 5 0 0 0-5 5v3H5.5v12h13V10H17V7a5 5 0 0 0-5-5Zm-2.6 5a2.6 2.6 0 0 1 5.2 0v3H9.4Z',
  // An arrow downwards.
  demoted: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm-1.2 5h2.4v5.6h3L12 17l-4.2-4.4h3Z',
  // An empty ring.
  off: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm0 2.6a7.4 7.4 0 1 1 0 14.8 7.4 7.4 0 0 1 0-14.8Z',
};

/** The state of a guard as a shape, beside its word. */
export function StateShape({ shape, tone }: Pick<Verdict, 'shape' | 'tone'>) {
  return (
    <svg
      class={`operate-shape operate-${tone}`}
      viewBox="0 0 24 24"
      width="22"
      height="22"
      aria-hidden="true"
    >
      <path d={PATHS[shape]} fill="currentColor" fill-rule="evenodd" />
    </svg>
  );
}
