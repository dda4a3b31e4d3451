import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { breakerVariables, variables } from '../../../src/config/env.ts';

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (\S+) \| .+ \|$/gm)];
const defaults: Record<string, unknown> = {
  ...variables.parse({}),
  ...withPrefix(z.object(breakerVariables).parse({})),
};

function withPrefix(values: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`CIRCUIT_BREAKER_${name}`, value]),
  );
}

describe('docs/configuration.md', () => {
  it('lists every variable, and no other', () => {
    const known = [...Object.keys(variables.shape), ...Object.keys(withPrefix(breakerVariables))];
    expect(rows.map(([, name]) => name).toSorted()).toEqual(known.toSorted());
  });

  it('gives the default of every variable, or a dash', () => {
    const documented = rows.map(([, name, value]) => [name, value]);
    const expected = rows.map(([, name = '']) => [name, String(defaults[name] ?? '') || '–']);
    expect(documented).toEqual(expected);
  });
});
