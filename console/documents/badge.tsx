import type { ComponentChildren } from 'preact';

/** A state by shape and colour; the words follow. */
export type BadgeKind = 'idle' | 'busy' | 'partly' | 'good' | 'bad';

const SHAPES: Record<BadgeKind, string> = { idle: '○', busy: '◔', partly: '◑', good: '●', bad: '▲' };

/** A state in words, shape and colour. */
export function Badge({ kind, children }: { kind: BadgeKind; children: ComponentChildren }) {
  return (
    <span class={`documents-badge documents-${kind}`}>
      <span aria-hidden="true" class="documents-shape">
        {SHAPES[kind]}
      </span>
      <span>{children}</span>
    </span>
  );
}
