import { signal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';

/** Pixels above the end that still count as there. Raised, somebody who has scrolled up a little is pulled back. */
const NEAR = 48;

/** Whether the end of the page is in view, or was when the page last grew. */
const isAtEnd = signal(true);

/** Pixels of the sources that are seen below a text that has just ended. */
const PEEK = 112;

/** Follows the end from now on. */
export function goToEnd(): void {
  isAtEnd.value = true;
  scrollTo({ top: findEnd() - innerHeight, behavior: 'instant' });
}

/** Gives the focus to the newest answer, once it is rendered. */
export function focusNewest(): void {
  requestAnimationFrame(() => {
    document.querySelector<HTMLElement>('.ask-turn:last-child .ask-answer')?.focus({ preventScroll: true });
  });
}

/** Where the page ends for somebody who reads: behind the last text, from which the sources below it do not lead away. */
function findEnd(): number {
  const { scrollHeight } = document.documentElement;
  const sources = document.querySelector('.ask-turn:last-child .ask-sources');
  const foot = document.querySelector('.ask-foot');
  if (!sources || !foot) return scrollHeight;
  const end = sources.getBoundingClientRect().top + scrollY + PEEK + foot.clientHeight;
  return Math.min(end, scrollHeight);
}

/** Keeps the end of the page in view while it grows, for those who are there, and leads those who are not. */
export function EndFollower({ content }: { content: { current: HTMLElement | null } }) {
  useLayoutEffect(() => {
    let end = findEnd();
    const onScroll = () => {
      const newEnd = findEnd();
      const isFar = newEnd - scrollY - innerHeight > NEAR;
      // A page that has grown meanwhile has moved its end, not the reader.
      if (!isFar || newEnd === end) isAtEnd.value = !isFar;
      end = newEnd;
    };
    const observer = new ResizeObserver(() => {
      if (isAtEnd.value) goToEnd();
      onScroll();
    });
    addEventListener('scroll', onScroll, { passive: true });
    if (content.current) observer.observe(content.current);
    return () => {
      removeEventListener('scroll', onScroll);
      observer.disconnect();
    };
  }, []);
  if (isAtEnd.value) return null;
  return (
    <button type="button" class="ask-newest" onClick={() => (goToEnd(), focusNewest())}>
      <span aria-hidden="true">↓</span> To the newest
    </button>
  );
}
