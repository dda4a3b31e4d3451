import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PAGE_FOLDER = new URL('../console-page/', import.meta.url);

/** The policy of the console: everything comes from the service itself, and no text becomes markup. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** The headers of a page of the service that runs scripts of its own. */
export const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': PAGE_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  // The page names files by their hash, so an old page would ask for files that are gone.
  'Cache-Control': 'no-cache',
};

/** The built console: its page, and the folder with the files that the page names. */
export interface ConsolePage {
  html: string;
  assets: string;
}

/** Reads the console that was built with this code; undefined when the code runs from its sources. */
export function readConsolePage(folder: URL = PAGE_FOLDER): ConsolePage | undefined {
  const page = new URL('index.html', folder);
  if (!existsSync(page)) return undefined;
  return { html: readFileSync(page, 'utf8'), assets: fileURLToPath(new URL('assets/', folder)) };
}
