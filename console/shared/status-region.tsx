import { status } from './status.ts';

/** Says to screen readers what `announce` was given. A modal dialog has one of its own: all else is inert meanwhile. */
export function StatusRegion() {
  return (
    <p class="visually-hidden" role="status">
      {status}
    </p>
  );
}
