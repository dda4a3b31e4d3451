import { signal } from '@preact/signals';

/** The pages of the console, as the address bar names them after `#/`. */
export const PAGES = ['', 'operate', 'documents'] as const;
export type Page = (typeof PAGES)[number];

/** The page shown, and what follows its name in the address. */
export const route = signal(read());
addEventListener('hashchange', () => (route.value = read()));

/** The address of a page, for links. */
export function linkTo(page: Page, rest = ''): string {
  return `#/${page}${rest === '' ? '' : `/${encodeURIComponent(rest)}`}`;
}

function read(): { page: Page; rest: string } {
  const [, name = '', rest = ''] = location.hash.split('/');
  const page = PAGES.find((known) => known === name) ?? '';
  return { page, rest: decode(rest) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
