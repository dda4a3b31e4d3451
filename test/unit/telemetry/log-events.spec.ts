import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

describe('docs/operations.md', () => {
  it('lists every log event of the source, and no other', () => {
    // The reference and the command line name events of streams, and log nothing.
    const files = globSync('src/**/*.ts', {
      cwd: fileURLToPath(root),
      exclude: ['src/{api-reference,cli}/**'],
    });
    const logged = files.flatMap((path) =>
      [...read(path).matchAll(/\bevent: '(\w+)'/g)].map(([, name]) => name),
    );
    const section = /^## Log events\n(.*?)^## /ms.exec(read('docs/operations.md'))?.[1] ?? '';
    const documented = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(documented.toSorted()).toEqual([...new Set(logged)].toSorted());
  });
});
