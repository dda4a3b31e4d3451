import { readFile, writeFile } from 'node:fs/promises';
import { renderFailuresPage } from '../../support/failures/failures-page.ts';

/** The page as it is committed; `UPDATE_DOCS=1` writes it anew. */
const PAGE = new URL('../../../docs/failures.md', import.meta.url);

it('docs/failures.md is what the tables of the failures say', async () => {
  const page = renderFailuresPage();
  if (process.env['UPDATE_DOCS']) await writeFile(PAGE, page);
  expect(await readFile(PAGE, 'utf8')).toBe(page);
});
