import type { DataDocument } from '../../../bench/data-set.ts';
import { isClean, judgeExcerpts, type ExcerptVerdict } from '../../../bench/readability/excerpt-judge.ts';
import { ReadabilityTally } from '../../../bench/readability/readability.ts';
import { SourceText } from '../../../bench/readability/source-text.ts';

const pump: DataDocument = {
  id: 'pump',
  title: 'The pump',
  text: `## Starting the pump {#start}

Open the valve (by hand) first. Then hold the [green button](#button) for three seconds,
until the motor hums.

:::tip
Dr. Lee greases it **monthly** with \`Array<oil>\`.
:::

- Check the pressure gauge every day
- Bleed it at the upper screw

| Part | Price |
| --- | --- |
| Seal | 4 € in the workshop |

Call the controller:

\`\`\`js
const pump = connect('cellar');
pump.start({ speed: 3 });
pump.close();
\`\`\`
`,
};

function judge(excerpts: string[], document = pump): ExcerptVerdict[] {
  const source = SourceText.read(document);
  return judgeExcerpts(excerpts.map((excerpt) => ({ excerpt, shown: excerpt, source })));
}

describe('the judge of excerpts', () => {
  it.each([
    ['a sentence over two lines', 'Then hold the green button for three seconds, until the motor hums.'],
    [
      'several sentences',
      'Open the valve (by hand) first. Then hold the green button for three seconds, until the motor hums.',
    ],
    ['a sentence with an abbreviation and code', 'Dr. Lee greases it monthly with Array<oil>.'],
    [
      'an item, with its marker or without',
      '- Check the pressure gauge every day\n- Bleed it at the upper screw',
    ],
    ['a row with its head', 'Part: Seal; Price: 4 € in the workshop'],
    [
      'an announcement with its code',
      "Call the controller:\n\nconst pump = connect('cellar');\npump.start({ speed: 3 });\npump.close();",
    ],
    ['a sentence that is cut on both sides', '… the green button for three seconds …'],
  ])('is content with %s', (_, excerpt) => {
    const [verdict] = judge([excerpt]);
    expect(verdict && isClean(verdict)).toBe(true);
  });

  it.each<[keyof ExcerptVerdict, string]>([
    ['begins', 'the green button for three seconds, until the motor hums.'],
    ['ends', 'Then hold the green button for three'],
    ['markdownWhole', 'Then hold the [green button](#button) for three seconds, until the motor hums.'],
    ['markdownWhole', 'Dr. Lee greases it **monthly** with Array<oil>.'],
    ['markdownWhole', 'Dr. Lee greases it monthly with `Array<oil>.'],
    ['markdownWhole', 'Open the valve (by hand first.'],
    ['markdownWhole', ':::tip\nDr. Lee greases it monthly with Array<oil>.'],
    ['codeInLines', "const pump = connect('cellar'); pump.start({ speed: 3 }); pump.close();"],
    ['saysSomething', 'Starting the pump'],
    ['saysSomething', 'Call the controller:'],
  ])('finds fault with %s in “%s”', (key, excerpt) => {
    const [verdict] = judge([excerpt]);
    expect(verdict?.[key]).toBe(false);
    expect(verdict && isClean(verdict)).toBe(false);
  });

  it('finds a sentence that stands in an excerpt before, or twice in one', () => {
    const sentence = 'Open the valve (by hand) first.';
    const twice = judge([
      sentence,
      'Bleed it at the upper screw',
      sentence,
      `Bleed it at the upper screw\n${'Bleed it at the upper screw'}`,
    ]);
    expect(twice.map(({ notTwice }) => notTwice)).toEqual([true, true, false, false]);
  });

  it('reads HTML by its blocks, and plain text by its lines', () => {
    const html =
      '<h2>Seals</h2><p>A worn seal whistles.<br>Replace it soon.</p><pre>a one\nb two</pre><ul><li>Order <b>two</b> seals</ul>';
    const ofHtml = { id: 'h', text: html, format: 'html' as const };
    const clean = ['Replace it soon.', 'Order two seals', 'a one\nb two'].map(
      (excerpt) => judge([excerpt], ofHtml)[0],
    );
    expect(clean.map((verdict) => verdict && isClean(verdict))).toEqual([true, true, true]);
    expect(judge(['Seals'], ofHtml)[0]?.saysSomething).toBe(false);
    expect(judge(['a one b two'], ofHtml)[0]?.codeInLines).toBe(false);
    const plain = { id: 't', text: 'One line of it\nand another one', format: 'text' as const };
    expect(judge(['and another one'], plain)[0]?.begins).toBe(true);
  });

  it('counts clean excerpts and answers, and looks at the answer for the lines of code', () => {
    const source = (excerpt: string, number: number) => {
      return {
        number,
        document_id: 'pump',
        chunk_id: '1',
        title: null,
        url: null,
        heading: null,
        excerpt,
        highlights: [],
        score: 1,
      };
    };
    const code = "const pump = connect('cellar');\npump.start({ speed: 3 });";
    const tally = new ReadabilityTally([pump]);
    const item = 'Bleed it at the upper screw';
    tally.add({
      answer: `Found:\n\n- ${item} [1]\n- ${code.replace('\n', ' ')} [2]\n\nSources: The pump`,
      sources: [source(item, 1), source(code, 2)],
    });
    tally.add({ answer: `Found:\n\n- ${code} [1]\n\nSources: The pump`, sources: [source(code, 1)] });
    tally.add({ answer: 'Nothing.', sources: [] });
    expect(tally.scores()).toEqual({
      excerpts: 3,
      begins: 1,
      ends: 1,
      markdownWhole: 1,
      notTwice: 1,
      codeInLines: 0.5,
      saysSomething: 1,
      clean: 2 / 3,
      cleanAnswers: 0.5,
    });
  });
});
