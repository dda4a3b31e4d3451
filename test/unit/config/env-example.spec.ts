import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { breakerVariables, variables } from '../../../src/config/env.ts';

const defaults: Record<string, unknown> = {
  ...variables.parse({}),
  ...Object.fromEntries(
    Object.entries(z.object(breakerVariables).parse({})).map(([name, value]) => [
      `CIRCUIT_BREAKER_${name}`,
      value,
    ]),
  ),
};
const known = [
  ...Object.keys(variables.shape),
  ...Object.keys(breakerVariables).map((name) => `CIRCUIT_BREAKER_${name}`),
];
const example = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8');
const lines = [...example.matchAll(/^(#?)([A-Z_]+)=(.*)$/gm)];

describe('.env.example', () => {
  it('lists every variable once, and no other', () => {
    expect(lines.map(([, , name]) => name).sort()).toEqual([...known].sort());
  });

  it.each(lines.filter(([, off]) => off === '').map(([, , name, value]) => [name, value]))(
    'shows the default of %s',
    (name, value) => {
      expect(String(defaults[name ?? ''])).toBe(value);
    },
  );

  it('comments out variables without a default', () => {
    const off = lines.filter(([, hash]) => hash === '#').map(([, , name]) => name ?? '');
    expect(
      off.map((name) => defaults[name]).filter((value) => value !== undefined && String(value) !== ''),
    ).toEqual([]);
  });
});
