import { hash } from 'node:crypto';
import { describeApi } from './document.ts';
import { groups } from './operations/operations.ts';
import { renderPage } from './page/page.ts';
import { STYLE } from './page/style.ts';

/** A file of the reference, with the version that a copy of it is known by. */
export interface ReferenceFile {
  type: string;
  text: string;
  etag: string;
}

/** The description of the API as OpenAPI, and as a page with its style. */
export interface ApiReference {
  openApi: ReferenceFile;
  page: ReferenceFile;
  style: ReferenceFile;
}

/** Makes the reference. Takes some 50 ms. */
export function makeReference(): ApiReference {
  const document = describeApi(groups);
  return {
    openApi: toFile('application/json; charset=utf-8', JSON.stringify(document)),
    page: toFile('text/html; charset=utf-8', renderPage(document)),
    style: toFile('text/css; charset=utf-8', STYLE),
  };
}

function toFile(type: string, text: string): ReferenceFile {
  return { type, text, etag: `"${hash('sha256', text, 'base64url').slice(0, 22)}"` };
}
