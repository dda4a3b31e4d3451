import { signal } from '@preact/signals';

/** The sentence that is said to screen readers. */
export const status = signal('');

/** Says a sentence; the same one twice is said twice. */
export function announce(sentence: string): void {
  status.value = status.value === sentence ? `${sentence} ` : sentence;
}
