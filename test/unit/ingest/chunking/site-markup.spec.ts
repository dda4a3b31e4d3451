import { removeSiteMarkup } from '../../../../src/ingest/chunking/markdown/site-markup.ts';

describe('removeSiteMarkup', () => {
  it.each([
    [':::tip Read this\nText.\n:::', '\n**Read this**\n\nText.'],
    ['::: warning[Take care]\nText.\n:::', '\n**Take care**\n\nText.'],
    [':::note\nText.\n:::', 'Text.'],
    ['::: {.note}\nText.\n:::', 'Text.'],
    ['## Title {#my-id}\n\nText.\n{: .note}', '## Title\n\nText.'],
    ['{% hint style="info" %}\nText {{< ref "x" >}}.\n{% note %}', '\nText .\n'],
    ['import Tabs from "@theme/Tabs";\n<Tabs>\nText <Icon name="x" /> more.\n</Tabs>', 'Text  more.'],
    ['> [!NOTE]\n> Text.', '> Note:\n> Text.'],
    ['[TOC]\n\nText {/* a remark */}with `{/* code */}`.\n[[_TOC_]]', '\nText with `{/* code */}`.'],
    ['See [TOC] below.', 'See [TOC] below.'],
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

  it.each([
    [
      '!!! note "Mind this"\n\n    A fuse melts.\n\n    ```sh\n    ls\n      -l\n    ```\n\nEnd.',
      '**Mind this**\n\n\nA fuse melts.\n\n```sh\nls\n  -l\n```\n\nEnd.',
    ],
    [
      '=== "npm"\n\n    Run it.\n\n    ??? tip\n\n        Twice.\n\n=== "yarn"\n\n    Walk.',
      '**npm**\n\n\nRun it.\n\n\nTwice.\n\n\n**yarn**\n\n\nWalk.',
    ],
    ['1. One\n\n    !!! note\n\n        Of one.', '1. One\n\n\n    Of one.'],
    [
      '```{note} Mind this\nA fuse melts.\n```\n```{code-block} sh\nls\n```',
      '**Mind this**\n\nA fuse melts.\n```{code-block} sh\nls\n```',
    ],
    ["import {\n  A,\n} from 'a';\nexport const b = {\n  c: 1,\n};\n\nText.", '\nText.'],
    [
      '<Card\n  title="Fast"\n  on={() =>\n    go()}\n>\nIt is.\n</Card>\n<TabItem label="npm">',
      '**Fast**\n\nIt is.\n\n**npm**\n',
    ],
    [
      '## 9.2 <small>May</small> { id="9.2" }\n\n[Go](x){ .button } ![](y){ align=right } :octicons-tag-24: 1',
      '## 9.2 <small>May</small>\n\n[Go](x) ![](y)  1',
    ],
  ])('reads the blocks of generators in %j', (markdown, text) => {
    expect(removeSiteMarkup(markdown).trimStart()).toBe(text.trimStart());
  });

  it.each([
    ['{% tabs %}\n{% tab title="Mac" %}\nOne.\n{% endtab %}', '**Mac**\n\nOne.\n'],
    ['{{< tabs name="t1" >}}\n{{% tab name="macOS" %}}\nOne.\n{{% /tab %}}', '**macOS**\n\nOne.\n'],
    ['{% tabs log %}\n{% tab log php 8.4 %}\nOne.\n{% endtab %}', '**php 8.4**\n\nOne.\n'],
    ['{% tab log %}', ''],
    ['{{% tab header="50% of {Fish}" %}}', '**50% of {Fish}**\n'],
    ['{{< note title="Say \\"stop\\"" >}}\nNow.', '**Say "stop"**\n\nNow.'],
    ['{{< note title="Beware" >}}Be careful\nof it.', 'Beware: Be careful\nof it.'],
    ['{{< note info "注意">}}小心\n了', '注意: 小心\n了'],
    ['A {{< term text="Bilby"\n  id="b" >}} runs', 'A Bilby runs'],
    ['press <Button\n  on={() => go()}\n>Start</Button> now', 'press Start now'],
    ['{{% details "Read more" "..." %}}Text.{{% /details %}}', '**Read more**\n\nText.'],
    ['{%- include note.html content="Wear gloves" -%}', '**Wear gloves**\n'],
    ['{{< figure src="a" title="Den"\n  caption="A den." alt="Den" >}}', '**Den**\n\n\n**A den.**\n'],
    ['A {{< term text="Bilby" id="b" >}} runs', 'A Bilby runs'],
    ['A cluster has\n{{< term text="nodes" >}}\nthat run', 'A cluster has\nnodes\nthat run'],
    ['> {% tab title="a" %}', '> a'],
    ['<Callout title="Hot">Wear gloves</Callout>', '**Hot**\n\nWear gloves'],
    ['<Card\n  title="A"\n  href="b">One</Card>', '**A**\n\nOne'],
    ['<Card title="A">x</Card><Card title="B">y</Card>', 'A: x B: y'],
    ['- <Card title="A">one</Card> <Badge text="New" />', '- A: one New'],
    ['<Tab value="Npm">\nOne.\n</Tab>\n<TabItem value="x" label="Yarn">', '**Npm**\n\nOne.\n\n**Yarn**\n'],
    ['<Note>Press <Kbd>Ctrl</Kbd> now</Note>', 'Press Ctrl now'],
    [':::tabs key:a\n== tab Bb\nOne.\n:::', '**Bb**\n\nOne.'],
    ['{% if title == "x" %}a{% endif %}{% assign title="x" %} {{ page.title }}', 'a {{ page.title }}'],
    ['press <Button on={() => open("x", {a: 1 > 0})} icon={<I />}>Start</Button> now', 'press Start now'],
    [
      '<T extends Foo = string> and Map<K, V> and <Name> of',
      '<T extends Foo = string> and Map<K, V> and <Name> of',
    ],
  ])('shows what the tags in %j show', (markdown, text) => {
    expect(removeSiteMarkup(markdown).trimStart()).toBe(text);
  });

  it.each([
    'export default settings in the menu.',
    'import costs: none',
    '## GET /users/{id}',
    'Title\n===\n\nText',
    'Is it?\n\n    code',
    'a <B\n\nc',
    '- a <B c\n- d > e',
    'a `{{<` b\nc',
  ])('leaves %j as it is', (markdown) => {
    expect(removeSiteMarkup(markdown)).toBe(markdown);
  });

  it('leaves code as it is', () => {
    const code = '```\n:::\n{% raw %}\nimport a from "b";\n[x]: y\n```\n`{% x %}` and `[x]`';
    expect(removeSiteMarkup(code)).toBe(code);
  });

  it.each([
    '{{<',
    '{%',
    ' ',
    '<A ',
    '[a]',
    '{:',
    '```\n',
    '[a]: b\n',
    '<A {',
    '<A "',
    '<A b={"',
    '<A {\'"',
    '<A>x</A>',
    '{% tab "\\"',
    '{{% x="',
    '<A x\n{% y\n',
    '== tab a\n',
  ])('takes linear time for a run of %j', (unit) => {
    expect(removeSiteMarkup(unit.repeat(20_000))).toEqual(expect.any(String));
  });

  it('reads a tag of millions of characters', () => {
    for (const tag of ['<A b="', '{% a "', '<A {'])
      expect(removeSiteMarkup(tag + '\\" '.repeat(1_000_000))).toEqual(expect.any(String));
  });
});
