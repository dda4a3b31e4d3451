import fc from 'fast-check';
import { HashingEmbedder } from '../../../src/local/hashing-embedder.ts';
import { TurnCounter } from '../../support/service/turn-counter.ts';

const { signal } = new AbortController();

const FIRST_SURROGATE = 0xd800;
const AFTER_SURROGATES = 0xe000;

/** Any character of Unicode. The unit `binary` of fast-check is the same, and takes a second to build. */
const character = fc
  .oneof(
    { weight: 1, arbitrary: fc.nat(FIRST_SURROGATE - 1) },
    { weight: 19, arbitrary: fc.integer({ min: AFTER_SURROGATES, max: 0x10ffff }) },
  )
  .map((code) => String.fromCodePoint(code));

async function embed(...texts: string[]): Promise<number[][]> {
  return new HashingEmbedder('local-hashing-2').embed(texts, signal);
}

async function similarity(a: string, b: string): Promise<number> {
  const [left = [], right = []] = await embed(a, b);
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? NaN), 0);
}

describe('HashingEmbedder', () => {
  it('returns one unit vector of 512 finite numbers for any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: character }), { maxLength: 5 }), async (texts) => {
        const vectors = await embed(...texts);
        expect(vectors).toHaveLength(texts.length);
        for (const vector of vectors) {
          expect(vector).toHaveLength(512);
          expect(Math.hypot(...vector)).toBeCloseTo(1, 9);
        }
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  it('returns a fixed unit vector for a text without words', async () => {
    const [empty, blank, marks] = await embed('', ' \n\t', '?! — …');
    expect(empty?.filter((value) => value !== 0)).toEqual([1]);
    expect(blank).toEqual(empty);
    expect(marks).toEqual(empty);
  });

  // Stored vectors are compared with new ones: other numbers need another model name.
  it('returns the same numbers as earlier versions', async () => {
    const [vector = []] = await embed('The circuit opens after five failures.');
    const largest = vector.map((value, index) => ({ index, value: Number(value.toFixed(6)) }));
    largest.sort((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.index - b.index);
    expect(largest.slice(0, 4)).toMatchInlineSnapshot(`
     [
       {
         "index": 269,
         "value": 0.403241,
       },
       {
         "index": 438,
         "value": -0.403241,
       },
       {
         "index": 435,
         "value": 0.280028,
       },
       {
         "index": 479,
         "value": 0.280028,
       },
     ]
    `);
  });

  it('folds case, compatibility forms and Latin accents', async () => {
    expect(await similarity('¿Cuántas CAPTURAS?', 'cuantas capturas')).toBeCloseTo(1, 9);
    expect(await similarity('ﬁle １２', 'file 12')).toBeCloseTo(1, 9);
  });

  it('ranks forms of a word and parts of compounds nearer than other words', async () => {
    const unrelated = await similarity('configuration of the module', 'penguins swim in cold water');
    expect(await similarity('configuration', 'configuring')).toBeGreaterThan(unrelated + 0.2);
    expect(await similarity('Datenbank', 'Datenbankverbindung')).toBeGreaterThan(unrelated + 0.2);
    expect(Math.abs(unrelated)).toBeLessThan(0.15);
  });

  it('matches a part of a text without spaces', async () => {
    const text = '本系统在语言模型失败时仍然回答问题';
    expect(await similarity('语言模型', text)).toBeGreaterThan(0.3);
    expect(Math.abs(await similarity('天气很好', text))).toBeLessThan(0.15);
  });

  it('gives a repeated word less than its multiple weight', async () => {
    const once = await similarity('circuit', 'circuit breaker');
    expect(await similarity('circuit', 'circuit '.repeat(50) + 'breaker')).toBeGreaterThan(once);
    expect(await similarity('breaker', 'circuit '.repeat(50) + 'breaker')).toBeGreaterThan(0.15);
  });

  it('yields to the event loop between two texts', async () => {
    using turns = new TurnCounter();
    await embed('one', 'two', 'three', 'four');
    expect(turns.count).toBeGreaterThanOrEqual(3);
  });

  it('rejects with the reason of its signal', async () => {
    const controller = new AbortController();
    const embedding = new HashingEmbedder('m').embed(['one', 'two'], controller.signal);
    const reason = new Error('gone');
    controller.abort(reason);
    await expect(embedding).rejects.toBe(reason);
  });
});
