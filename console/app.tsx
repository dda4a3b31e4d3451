import type { JSX } from 'preact';
import { AskPage } from './ask/ask-page.tsx';
import { DocumentsPage } from './documents/documents-page.tsx';
import { OperatePage } from './operate/operate-page.tsx';
import { linkTo, route, type Page } from './shared/route.ts';
import { StatusRegion } from './shared/status-region.tsx';

const NAMES: Record<Page, string> = { '': 'Ask', operate: 'Operate', documents: 'Documents' };
const CONTENTS: Record<Page, () => JSX.Element> = {
  '': AskPage,
  operate: OperatePage,
  documents: DocumentsPage,
};

/** The console: a bar with its pages, and the page that the address names. */
export function App() {
  const { page } = route.value;
  const Content = CONTENTS[page];
  document.title = page === '' ? 'failsoft' : `${NAMES[page]} · failsoft`;
  return (
    <>
      <a class="skip" href="#main" onClick={skipToMain}>
        Skip to the content
      </a>
      <header class="bar">
        <span class="brand">failsoft</span>
        <nav aria-label="Pages">
          {Object.entries(NAMES).map(([name, label]) => (
            <a key={name} href={linkTo(name as Page)} aria-current={name === page ? 'page' : undefined}>
              {label}
            </a>
          ))}
        </nav>
      </header>
      <main id="main" tabIndex={-1}>
        <Content />
      </main>
      <StatusRegion />
    </>
  );
}

function skipToMain(event: Event): void {
  // The address names the page, so a link to a part of it is followed by hand.
  event.preventDefault();
  document.getElementById('main')?.focus();
}
