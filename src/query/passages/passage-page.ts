import { hash } from 'node:crypto';
import { escapeUTF8 as escape } from 'entities';
import type { DocumentPart, PassageInDocument } from './passages.ts';

const STYLE = `
  :root { color-scheme: light dark; }
  body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
  p { white-space: pre-wrap; overflow-wrap: anywhere; }
`;

/** The headers of the page: whatever a text contains, a browser runs and loads nothing, and keeps no copy. */
export const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

/** A passage in its surroundings as a page of HTML. Texts are escaped, Markdown in them stays as it is written. */
export function toPage(passage: PassageInDocument): string {
  const { before, after, url } = passage;
  const title = escape(passage.title ?? passage.document_id);
  const parts = [...before, passage, ...after].map((part, at, all) => {
    const heading = part.heading !== all[at - 1]?.heading ? toHeading(part) : '';
    const text = escape(part.text);
    return `${heading}<p dir="auto">${part === passage ? `<mark>${text}</mark>` : text}</p>`;
  });
  return `<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1 dir="auto">${title}</h1>
${url === null ? '' : `<p><a href="${escape(url)}">${escape(url)}</a></p>\n`}${parts.join('\n')}
</body>
</html>
`;
}

function toHeading({ heading }: DocumentPart): string {
  return heading === null ? '' : `<h2 dir="auto">${escape(heading)}</h2>\n`;
}
