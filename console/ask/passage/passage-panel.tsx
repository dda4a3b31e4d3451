import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { Markdown, toSafeAddress } from '../../shared/markdown.tsx';
import { linkTo } from '../../shared/route.ts';
import { StatusRegion } from '../../shared/status-region.tsx';
import { announce } from '../../shared/status.ts';
import { copyText } from './clipboard.ts';
import {
  closePassage,
  holdScrollPlace,
  returnFocus,
  shownPassage,
  type OpenPassage,
  type Part,
} from './passage.ts';
import { nameOf } from '../sources.tsx';

/** As in ask.css: from here on there is place for a panel beside the conversation. */
const WIDE = '(min-width: 68rem)';

/** The passage that a citation opens: beside the conversation where there is place, else in front of all. */
export function PassagePanel() {
  const shown = shownPassage.value;
  return shown && <Panel key={shown.opening} shown={shown} />;
}

function Panel({ shown }: { shown: OpenPassage }) {
  const { source, passage, failure } = shown;
  const dialog = useRef<HTMLDialogElement>(null);
  const marked = useRef<HTMLElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const isModal = useSignal(!matchMedia(WIDE).matches).value;
  useLayoutEffect(() => {
    const element = dialog.current!;
    if (isModal) element.showModal();
    else element.show();
    holdScrollPlace();
    addEventListener('keydown', closeOnEscape);
    return () => {
      removeEventListener('keydown', closeOnEscape);
      // The citation takes its place of before when the page has its width of before.
      requestAnimationFrame(() => {
        holdScrollPlace();
        if (!shownPassage.value) returnFocus();
      });
    };
  }, []);
  useEffect(() => {
    const [frame, place] = [scroller.current, marked.current];
    if (frame && place) frame.scrollTop = place.offsetTop - frame.offsetTop - 48;
  }, [passage]);
  const address = toSafeAddress(passage?.url ?? source.url ?? '');
  return (
    <dialog
      ref={dialog}
      class="ask-passage"
      aria-labelledby="passage-title"
      onCancel={(event) => (event.preventDefault(), closePassage())}
    >
      <header>
        <div>
          <h2 id="passage-title" dir="auto">
            <span class="ask-number">{source.number}</span> {nameOf(source)}
          </h2>
          <p class="soft" dir="auto">
            {passage?.heading ?? source.heading}
          </p>
        </div>
        <button type="button" class="ask-close" onClick={closePassage} aria-label="Close the passage">
          <span aria-hidden="true">✕</span>
        </button>
      </header>
      <div
        class="ask-passage-text"
        ref={scroller}
        tabIndex={0}
        role="group"
        aria-label="The passage in its document"
      >
        {!passage && failure === undefined && <p class="soft">Opening the passage …</p>}
        {failure !== undefined && <Missing shown={shown} failure={failure} />}
        {passage && (
          <>
            {passage.before.map((part) => (
              <Surrounding key={part.chunk_id} part={part} />
            ))}
            <section ref={marked} class="ask-marked" aria-label="The cited passage">
              <Markdown text={passage.text} />
            </section>
            {passage.after.map((part) => (
              <Surrounding key={part.chunk_id} part={part} />
            ))}
          </>
        )}
      </div>
      <footer class="row">
        <CopyQuote shown={shown} />
        {address !== undefined && (
          <a href={address} target="_blank" rel="noreferrer noopener">
            Open the original
          </a>
        )}
        <a href={linkTo('documents', source.document_id)} onClick={closePassage}>
          Show the document
        </a>
      </footer>
      {isModal && <StatusRegion />}
    </dialog>
  );
}

/** Wherever the focus is. The browser itself closes with Escape what is modal, and above the passage. */
function closeOnEscape(event: KeyboardEvent): void {
  const isMeant = event.key === 'Escape' && !event.isComposing && event.keyCode !== 229;
  if (!isMeant || event.defaultPrevented || document.querySelector(':modal, :popover-open')) return;
  event.preventDefault();
  closePassage();
}

function Surrounding({ part }: { part: Part }) {
  return (
    <div class="ask-surrounding">
      <Markdown text={part.text} />
    </div>
  );
}

function Missing({ shown: { source }, failure }: { shown: OpenPassage; failure: string }) {
  return (
    <>
      <p>
        This passage cannot be shown in its document: {failure} Its document may have changed or been deleted
        since. This is what the answer was made from:
      </p>
      <blockquote dir="auto">{source.excerpt}</blockquote>
    </>
  );
}

function CopyQuote({ shown: { source, passage } }: { shown: OpenPassage }) {
  const label = useSignal('Copy quote');
  const copy = async () => {
    const from = [nameOf(source), source.heading, passage?.url ?? source.url].filter(Boolean).join(', ');
    const isCopied = await copyText(`“${source.excerpt}” (${from})`);
    label.value = isCopied ? 'Copied' : 'Copying is not possible here';
    announce(label.value);
  };
  return (
    <button type="button" onClick={() => void copy()}>
      {label}
    </button>
  );
}
