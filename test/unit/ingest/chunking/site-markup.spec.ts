import { removeSiteMarkup } from '../../../../src/ingest/chunking/markdown/site-markup.ts';

describe('removeSiteMarkup', () => {
  it.each([
    [':::tip Read this\nText.\n:::', 'Text.'],
    ['## Title {#my-id}\n\nText.\n{: .note}', '## Title\n\nText.'],
    ['{% hint style="info" %}\nText {{< ref "x" >}}.\n{% note %}', '\nText .\n'],
    ['import Tabs from "@theme/Tabs";\n<Tabs>\nText <Icon name="x" /> more.\n</Tabs>', 'Text  more.'],
    ['> [!NOTE]\n> Text.', '> Note:\n> Text.'],
    [
      'See [the `API`][api], [Home] and [other].\n\n[api]: /api "T"\n[home]: <x.md>',
      'See [the `API`](/api), [Home](x.md) and [other].\n',
    ],
    [
      'Array<string> and Promise<Foo> and {a: 1} and {{ value }}.',
      'Array<string> and Promise<Foo> and {a: 1} and {{ value }}.',
    ],
  ])('reads %j as %j', (markdown, text) => {
    expect(removeSiteMarkup(markdown)).toBe(text);
  });

  it('leaves code as it is', () => {
    const code = '```\n:::\n{% raw %}\nimport a from "b";\n[x]: y\n```\n`{% x %}` and `[x]`';
    expect(removeSiteMarkup(code)).toBe(code);
  });

  it.each(['{{<', '{%', ' ', '<A ', '[a]', '{:', '```\n', '[a]: b\n'])(
    'takes linear time for a run of %j',
    (unit) => {
      expect(removeSiteMarkup(unit.repeat(100_000))).toEqual(expect.any(String));
    },
  );
});
