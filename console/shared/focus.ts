/** What had the focus last, and what it stands in, from the inside to the outside; around a dialog is what it was opened from. */
let former: HTMLElement[] = [];
/** The same of what had the focus before the dialog. */
let opener: HTMLElement[] = [];

/**
 * Keeps the focus within the page: when what has it goes away or is disabled, the focus goes to the nearest part around it that
 * can have it. What has a better place for the focus gives it that itself, before the next frame.
 */
export function keepFocus(root: HTMLElement): void {
  let frame = 0;
  const checkSoon = () => (frame ||= requestAnimationFrame(() => ((frame = 0), check())));
  addEventListener('focusin', ({ target }) => {
    if (!(target instanceof HTMLElement)) return;
    const dialog = target.closest('dialog');
    if (dialog && !former.includes(dialog)) opener = former;
    former = dialog ? [...findAround(target, dialog), ...opener] : findAround(target, root);
  });
  addEventListener('focusout', checkSoon);
  new MutationObserver(checkSoon).observe(root, {
    subtree: true,
    childList: true,
    attributeFilter: ['disabled'],
  });
}

function check(): void {
  if (document.activeElement !== document.body || !document.hasFocus()) return;
  const [last, ...around] = former;
  // Somebody has clicked beside it.
  if (!last || (last.checkVisibility() && !last.matches(':disabled'))) {
    former = [];
    return;
  }
  for (const part of around) {
    if (!part.hasAttribute('tabindex')) continue;
    part.focus({ preventScroll: true });
    if (document.activeElement === part) return;
  }
}

/** An element and what it stands in, up to and with the outermost. */
function findAround(element: HTMLElement, outermost: HTMLElement): HTMLElement[] {
  const found: HTMLElement[] = [];
  for (let at: HTMLElement | null = element; at; at = at === outermost ? null : at.parentElement)
    found.push(at);
  return found;
}
