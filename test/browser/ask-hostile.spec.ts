import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { answered, ask, AskSetting, START_LIMIT_MS } from '../support/browser/ask-setting.ts';
import { takePicture } from '../support/browser/browser.ts';
import { makeHostileTexts, MARKDOWN_BOMBS, type HostileText } from '../support/browser/hostile-texts.ts';
import { bundleMarkdown } from '../support/browser/markdown-bundle.ts';
import { FakeHuggingFace } from '../support/fakes/fake-hugging-face.ts';
import { describeWithChromium } from '../support/requirements.ts';

/** Texts of one question, document and answer. */
const BATCH = 12;
const MAX_QUESTION_CHARS = 4_000;
/** Only ends what hangs: a text that is read without a bound takes minutes. */
const RENDER_LIMIT_MS = 20_000;

describeWithChromium('The page “Ask” with texts that try to be more', () => {
  const texts = makeHostileTexts();
  let answer = '';
  let model: FakeHuggingFace;
  let setting: AskSetting;

  beforeAll(async () => {
    model = await new FakeHuggingFace({ answer: () => answer }).start();
    setting = await AskSetting.start({ GENERATION_TARGETS: `${model.url}/v1?model=fake-chat` });
  }, START_LIMIT_MS);
  afterAll(async () => {
    await setting?.stop();
    await model.stop();
  });

  test('reads each of them as text and harmless Markdown, also while it grows', async () => {
    const { page, faults } = await setting.open();
    page.on('dialog', (dialog) => void faults.push(`dialog: ${dialog.message()}`));
    await page.evaluate(await bundleMarkdown());
    expect(texts.length).toBeGreaterThanOrEqual(715);
    expect(await page.evaluate(checkRendering, texts)).toEqual([]);
    const slow = await page.evaluate(checkBombs, { bombs: MARKDOWN_BOMBS, limitMs: RENDER_LIMIT_MS });
    expect(slow).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('shows them as questions, answers and documents, and stays whole', async () => {
    const batches = Array.from({ length: Math.ceil(texts.length / BATCH) }, (_, index) =>
      texts.slice(index * BATCH, (index + 1) * BATCH),
    );
    await setting.store(
      batches.map((batch, index) => ({
        id: `hostile ${index}`,
        title: batch[0]!.text.toWellFormed().slice(0, 500),
        format: 'text',
        text: join(batch).toWellFormed(),
      })),
    );
    const { page, faults } = await setting.open();
    page.on('dialog', (dialog) => void faults.push(`dialog: ${dialog.message()}`));
    for (const [index, batch] of batches.entries()) {
      // A conversation of a few turns is as good as one of many, and much faster.
      if (index % 4 === 0 && index > 0) await page.getByRole('button', { name: 'New conversation' }).click();
      answer = `${join(batch)}\n\nAll of it [1].`;
      const question = join(batch).slice(0, MAX_QUESTION_CHARS);
      await ask(page, question);
      await answered(page);
      const shown = await page.locator('.ask-turn:last-child h2').textContent();
      expect(shown).toBe(question.trim().toWellFormed());
      expect(await page.evaluate(findStrangers)).toEqual([]);
    }
    await takePicture(page, 'ask-hostile');
    await openPassages(page, batches.at(-1)!);
    expect(faults).toEqual([]);
    await page.context().close();
  }, 240_000);

  test('keeps its memory over 500 answers', async () => {
    const { page, faults } = await setting.open();
    const session = await page.context().newCDPSession(page);
    const measure = async () => {
      for (const _ of [1, 2]) await session.send('HeapProfiler.collectGarbage');
      return (await session.send('Runtime.getHeapUsage')).usedSize;
    };
    answer = `# Fuses\n\n${'A **fuse** melts when the current is too high [1].\n\n'.repeat(10)}`;
    await page.evaluate(askMany, { from: 0, count: 100 });
    const after100 = await measure();
    await page.evaluate(askMany, { from: 100, count: 400 });
    const after500 = await measure();
    expect(after500).toBeLessThan(1.25 * after100 + 2_000_000);
    expect(await page.locator('.ask-turn').count()).toBe(50);
    await page.getByText('Older questions are no longer kept on this page.').waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  }, 240_000);
});

function join(batch: HostileText[]): string {
  // The field of the page has line ends of one kind, and a NUL is none of the API's.
  return batch.map(({ text }) => text.replaceAll('\r', '')).join('\n\n');
}

/** Opens each passage of the last answer. */
async function openPassages(page: Page, batch: HostileText[]): Promise<void> {
  const sources = page.locator('.ask-turn:last-child .ask-sources');
  await page.locator('.ask-turn:last-child details').evaluateAll((all) => {
    for (const details of all as HTMLDetailsElement[]) details.open = true;
  });
  for (const source of await sources.locator('button').all()) {
    await source.click();
    await page.getByRole('region', { name: 'The cited passage' }).waitFor();
    expect(await page.evaluate(findStrangers)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
  }
  await sources.locator('button').first().click();
  const { token } = batch.at(-1)!;
  await page.locator('.ask-passage-text', { hasText: token }).waitFor();
  await takePicture(page, 'ask-hostile-passage');
}

/** Elements, attributes and addresses of the page that no text may bring into it. */
function findStrangers(): string[] {
  const elements =
    /^(HTML|HEAD|META|TITLE|LINK|SCRIPT|STYLE|BODY|NOSCRIPT|DIV|HEADER|SPAN|NAV|A|MAIN|H[1-6]|OL|UL|LI|P|TIME|BUTTON|DETAILS|SUMMARY|DL|DT|DD|BDI|CODE|PRE|STRONG|EM|DEL|BR|HR|BLOCKQUOTE|TABLE|THEAD|TBODY|TR|TH|TD|MARK|FORM|LABEL|TEXTAREA|DIALOG|SECTION|FOOTER)$/;
  const attributes =
    /^(class|dir|href|target|rel|tabindex|scope|start|id|role|aria-[a-z]+|type|title|datetime|data-edit|open|key|lang|charset|name|content|src|for|rows|placeholder|autocomplete|disabled|inert)$/;
  const found: string[] = [];
  for (const element of document.querySelectorAll('*')) {
    if (!elements.test(element.tagName)) found.push(element.tagName);
    for (const { name, value } of element.attributes) {
      // A picture of the page leaves an empty style at each field.
      const isOfPicture = name === 'style' && value === '';
      if (!attributes.test(name) && !isOfPicture) found.push(name);
    }
    if (element instanceof HTMLAnchorElement && !/^(https?|mailto):$/.test(element.protocol))
      found.push(element.href);
  }
  for (const [selector, count] of [
    ['main', 1],
    ['nav a', 3],
    ['form', 1],
    ['script', 1],
    ['link', 2],
    ['style', 0],
    ['meta', 3],
  ] as const)
    if (document.querySelectorAll(selector).length !== count) found.push(`${selector}: not ${count}`);
  return found;
}

interface Renderer {
  renderMarkdown(text: string): HTMLElement;
  renderGrowing(parts: string[]): HTMLElement;
}

/** What is wrong with the texts as the console's Markdown, whole and in parts. */
function checkRendering(texts: HostileText[]): string[] {
  const { renderMarkdown, renderGrowing } = globalThis as unknown as Renderer;
  const elements =
    /^(DIV|P|H[3-6]|UL|OL|LI|BLOCKQUOTE|PRE|CODE|HR|BR|TABLE|THEAD|TBODY|TR|TH|TD|STRONG|EM|DEL|A)$/;
  const wrong: string[] = [];
  for (const { text, token } of texts) {
    const whole = renderMarkdown(text);
    const grown = renderGrowing(text.match(/[^]{1,7}/g) ?? []);
    if (whole.innerHTML !== grown.innerHTML) wrong.push(`grows differently: ${text}`);
    if (!whole.textContent?.includes(token)) wrong.push(`is not there: ${text}`);
    for (const element of whole.querySelectorAll('*')) {
      if (!elements.test(element.tagName)) wrong.push(`${element.tagName}: ${text}`);
      for (const { name, value } of element.attributes) {
        const isLink = name === 'href' && /^(https?:|mailto:)/.test(value);
        if (!isLink && !/^(class|dir|target|rel|tabindex|scope|start)$/.test(name))
          wrong.push(`${name}: ${text}`);
      }
    }
    whole.remove();
    grown.remove();
  }
  return wrong;
}

function checkBombs({ bombs, limitMs }: { bombs: string[]; limitMs: number }): string[] {
  const { renderMarkdown } = globalThis as unknown as Renderer;
  return bombs.flatMap((text) => {
    const beganAt = performance.now();
    const element = renderMarkdown(text);
    const tookMs = performance.now() - beganAt;
    const { length } = element.querySelectorAll('*');
    element.remove();
    return tookMs > limitMs || length > 70_000
      ? [`${text.slice(0, 20)}: ${tookMs} ms, ${length} elements`]
      : [];
  });
}

/** Asks questions one after the other, each once the one before is answered. */
async function askMany({ from, count }: { from: number; count: number }): Promise<void> {
  const field = document.querySelector<HTMLTextAreaElement>('#question')!;
  for (let number = from; number < from + count; number++) {
    const question = `When does a fuse of kind ${number} melt under a current?`;
    field.value = question;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    for (;;) {
      await new Promise(requestAnimationFrame);
      const last = document.querySelector('.ask-turn:last-child');
      if (last?.querySelector('h2')?.textContent === question && last.querySelector('.ask-how')) break;
    }
  }
}
