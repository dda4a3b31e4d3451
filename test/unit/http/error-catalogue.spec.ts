import { readFileSync } from 'node:fs';
import { catalogue } from '../../../src/http/error-catalogue.ts';

const page = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8');
const section = /^## Error codes\n(.*?)^## /ms.exec(page)?.[1] ?? '';

describe('docs/api.md', () => {
  it('lists every error code with its status, and no other code', () => {
    const documented = [...section.matchAll(/^\| `(\w+)` \| (\d+) \| .+ \|$/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ]);
    expect(documented).toEqual(Object.entries(catalogue).map(([code, { status }]) => [code, status]));
  });
});
