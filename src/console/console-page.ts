import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PAGE_FOLDER = new URL('../console-page/', import.meta.url);

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
