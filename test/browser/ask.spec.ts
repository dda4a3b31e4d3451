import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import {
  answered,
  ask,
  askAndAnswer,
  askModel,
  AskSetting,
  START_LIMIT_MS,
} from '../support/browser/ask-setting.ts';
import { findAccessibilityFaults, takePicture } from '../support/browser/browser.ts';
import { describeWithChromium } from '../support/requirements.ts';
import { until } from '../support/until.ts';

describeWithChromium('The page “Ask”', () => {
  let setting: AskSetting;

  beforeAll(async () => {
    setting = await AskSetting.start();
  }, START_LIMIT_MS);
  afterAll(() => setting?.stop());
  beforeEach(() => setting.recover());

  test('shows the question at once, the sources before the first word, and the words as they come', async () => {
    const { page, faults } = await setting.open();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'ask-empty');
    const isHeld = Promise.withResolvers<void>();
    await page.route('**/query', async (route) => {
      await isHeld.promise;
      await route.continue();
    });
    await ask(page, 'When does a fuse melt?');
    await page.getByRole('heading', { name: 'When does a fuse melt?' }).waitFor();
    await page.getByText('Searching …').waitFor();
    isHeld.resolve();
    const call = await setting.model.call(setting.model.calls.length);
    await page.getByRole('list', { name: 'Passages that were found' }).waitFor();
    await takePicture(page, 'ask-sources-first');

    call.say('A fuse **melts** when');
    await page.locator('.markdown p', { hasText: /^A fuse melts when$/ }).waitFor();
    call.say(' the current is too high [1].\n\nSwitch');
    await page.locator('.markdown p', { hasText: 'Switch' }).waitFor();
    await watchFirstBlock(page);
    call.say(' it off\n\n- first');
    await page.locator('.markdown li', { hasText: 'first' }).waitFor();
    expect(await page.getByRole('log').textContent()).toBe('');
    call.say('\n- then replace it [1].');
    call.finish();
    await answered(page);

    expect(await page.evaluate(() => (globalThis as unknown as Watched).changes)).toBe(0);
    expect(await page.locator('.ask-answer > .markdown').innerText()).toMatch(
      /A fuse melts when the current is too high 1\.\s+Switch it off\s+first\s+then replace it 1\./,
    );
    expect(await page.getByRole('log').textContent()).toContain('Switch it off first then replace it [1].');
    expect(await page.locator('.ask-sources > ul > li').count()).toBe(1);
    await page.getByText(/more passages? (was|were) found/).waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'ask-answer');
    await page.locator('.ask-how summary').click();
    expect(await page.locator('.ask-how').innerText()).toContain('scripted · huggingface_api');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('opens a citation by mouse, with the passage marked, its quote and its original', async () => {
    const { page, faults } = await setting.open({ permissions: ['clipboard-read', 'clipboard-write'] });
    await askAndAnswer(page, 'At which current does a fuse melt?', setting.model, 'When it is too high [1].');
    await page.getByRole('button', { name: 'Source 1: Fuses' }).click();
    const panel = page.getByRole('dialog', { name: '1 Fuses' });
    const close = panel.getByRole('button', { name: 'Close the passage' });
    await page.waitForFunction(closeHasFocus);
    await page.getByLabel('Your question').focus();
    await page.getByRole('button', { name: 'Source 1: Fuses' }).click();
    await page.waitForFunction(closeHasFocus);
    await panel.getByRole('region', { name: 'The cited passage' }).waitFor();
    expect(await panel.locator('.ask-surrounding').count()).toBeGreaterThan(0);
    expect(await isInView(page, '.ask-marked')).toBe(true);
    const original = panel.getByRole('link', { name: 'Open the original' });
    expect(await original.getAttribute('href')).toBe('https://example.com/fuses');
    expect(await original.getAttribute('rel')).toBe('noreferrer noopener');
    const link = panel.getByRole('link', { name: 'Show the document' });
    expect(await link.getAttribute('href')).toBe('#/documents/fuses');
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'ask-passage');
    await panel.getByRole('button', { name: 'Copy quote' }).click();
    await panel.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(
      /^“.*fuse.*” \(Fuses, .*https:\/\/example\.com\/fuses\)$/s,
    );
    await close.click();
    await panel.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Source 1: Fuses' }).click();
    const field = page.getByLabel('Your question');
    await field.focus();
    await field.evaluate((element) => {
      const init = { key: 'Escape', bubbles: true, cancelable: true, isComposing: true };
      element.dispatchEvent(new KeyboardEvent('keydown', init));
    });
    await page.getByRole('button', { name: 'Edit this question' }).click();
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.activeElement?.matches('[data-edit]'));
    expect(await panel.count()).toBe(1);
    await field.press('Escape');
    await panel.waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test.each([1_200, 320])('opens a citation by keyboard at %i pixels, and returns to it', async (width) => {
    const { page, faults } = await setting.open({ viewport: { width, height: 700 } });
    const text = `${'A fuse melts. '.repeat(80)}\n\nIt does so [1].\n\n${'A fuse melts. '.repeat(80)}`;
    await askAndAnswer(page, `What melts at ${width}?`, setting.model, text);
    const citation = page.getByRole('button', { name: 'Source 1: Fuses' }).first();
    await citation.focus();
    const before = await citation.boundingBox();
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'The cited passage' }).waitFor();
    const isModal = await page.locator('dialog').evaluate((dialog) => dialog.matches(':modal'));
    expect(isModal).toBe(width === 320);
    await takePicture(page, `ask-passage-${width}`);
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Copy quote' }).press('Enter');
    // Behind a modal dialog nothing is said.
    const said = page.locator(isModal ? 'dialog [role=status]' : 'main + [role=status]');
    await said.getByText('Copied').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    await page.waitForFunction(() => document.activeElement?.matches('.ask-citation'));
    expect((await citation.boundingBox())!.y).toBeCloseTo(before!.y, 0);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('stops at once, asks again for a new answer, and goes on from an edited question', async () => {
    const { page, faults } = await setting.open();
    const call = await askModel(page, 'How is a fuse replaced?', setting.model);
    call.say('First switch');
    await page.getByText('First switch').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stopped.').first().waitFor();
    await page.waitForFunction(() => document.activeElement?.id === 'question');
    await until('the model is no longer read', () => call.isClosed);
    await takePicture(page, 'ask-stopped');

    const before = setting.model.calls.length;
    const headers = page.waitForRequest('**/query').then((request) => request.headers());
    await page.getByRole('button', { name: 'Ask again' }).click();
    await page.waitForFunction(() => document.activeElement?.matches('.ask-answer'));
    expect(await headers).toMatchObject({ 'cache-control': 'no-cache', accept: 'text/event-stream' });
    const again = await setting.model.call(before);
    again.say('By switching the current off.');
    again.finish();
    await answered(page);
    expect(await page.locator('.ask-turn').count()).toBe(1);

    await askAndAnswer(page, 'Which relay switches a large current?', setting.model, 'One with coils [1].');
    await page.getByRole('button', { name: 'Edit this question' }).first().click();
    await page.getByText('The questions and answers after this one will be removed.').waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.activeElement?.matches('[data-edit]'));
    await page.keyboard.press('Enter');
    await page.getByLabel('Edit this question').fill('How is a cable replaced?');
    await takePicture(page, 'ask-edit');
    const calls = setting.model.calls.length;
    await page.keyboard.press('Enter');
    const edited = await setting.model.call(calls);
    edited.say('Cables are replaced whole.');
    edited.finish();
    await answered(page);
    expect(await page.locator('.ask-turn h2').allInnerTexts()).toEqual(['How is a cable replaced?']);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('sends the conversation with a follow-up question', async () => {
    const { page, faults } = await setting.open();
    await askAndAnswer(page, 'Why does a cable become warm?', setting.model, 'A large current [1].');
    const body = page.waitForRequest('**/query').then((request) => request.postDataJSON() as unknown);
    await askAndAnswer(page, 'Which cables stay cold anyway?', setting.model, 'Thick ones.');
    expect(await body).toEqual({
      messages: [
        { role: 'user', content: 'Why does a cable become warm?' },
        { role: 'assistant', content: 'A large current [1].' },
        { role: 'user', content: 'Which cables stay cold anyway?' },
      ],
      resumable: true,
    });
    await takePicture(page, 'ask-follow-up');
    await page.getByRole('button', { name: 'New conversation' }).click();
    await page.getByText('Ask your documents').waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('follows the end only for those who are there', async () => {
    const { page, faults } = await setting.open();
    const call = await askModel(page, 'Tell me everything about a fuse', setting.model);
    call.say('A fuse melts.\n\n'.repeat(60));
    await page.waitForFunction(() => scrollY > 0);
    const atEnd = () => document.documentElement.scrollHeight - innerHeight - scrollY < 2;
    await page.waitForFunction(atEnd);
    await page.evaluate(() => scrollTo(0, 100));
    await page.getByRole('button', { name: 'To the newest' }).waitFor();
    call.say('A fuse melts.\n\n'.repeat(20));
    await page.waitForFunction(() => document.querySelectorAll('.markdown p').length >= 80);
    expect(await page.evaluate(() => scrollY)).toBe(100);
    await takePicture(page, 'ask-newest');
    await page.getByRole('button', { name: 'To the newest' }).click();
    await page.waitForFunction(atEnd);
    await page.waitForFunction(() => document.activeElement?.matches('.ask-answer'));
    call.finish();
    await answered(page);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('sends with Enter, and neither with Shift and Enter nor from within an input method', async () => {
    const { page, faults } = await setting.open();
    const field = page.getByLabel('Your question');
    await field.pressSequentially('one');
    await field.press('Shift+Enter');
    await field.pressSequentially('two');
    await field.evaluate((element) => {
      for (const init of [{ isComposing: true }, { keyCode: 229 }])
        element.dispatchEvent(
          new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init }),
        );
    });
    expect(await field.inputValue()).toBe('one\ntwo');
    expect(await page.locator('.ask-turn').count()).toBe(0);
    await field.fill('x'.repeat(4_001));
    await page.getByText('4,001 of 4,000 characters: please shorten the question').waitFor();
    await field.press('Enter');
    expect(await page.locator('.ask-turn').count()).toBe(0);
    expect(await findAccessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('moves nothing for those who want it still', async () => {
    const { page, faults } = await setting.open({ reducedMotion: 'reduce' });
    const call = await askModel(page, 'Does a still fuse melt?', setting.model);
    await page.getByText('Reading …').waitFor();
    // What fades otherwise.
    await page.evaluate(() => {
      const lost = document.createElement('div');
      lost.className = 'ask-lost';
      document.querySelector('.ask-answer')?.append(lost);
    });
    const moving = () => document.getAnimations().map((animation) => animation.effect?.getComputedTiming());
    expect(await page.evaluate(moving)).toEqual([]);
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    expect(await page.evaluate(moving)).toHaveLength(2);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    call.say('It does.');
    call.finish();
    await answered(page);
    await page.getByRole('button', { name: 'Ask again' }).hover();
    expect(await page.evaluate(moving)).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test.each([
    ['at 320 pixels in the dark', { viewport: { width: 320, height: 640 }, colorScheme: 'dark' }],
    ['at twice the size', { viewport: { width: 600, height: 400 }, deviceScaleFactor: 2 }],
  ] as const)('is whole %s', async (name, options) => {
    const { page, faults } = await setting.open(options);
    const text = `# Fuses\n\n${'A_very_long_word_'.repeat(20)}\n\n| a | b |\n|---|---|\n| ${'x'.repeat(90)} | y |\n\n\`\`\`\n${'code '.repeat(60)}\n\`\`\`\n\nEnd [1].`;
    await askAndAnswer(page, `Which fuse is whole ${name}?`, setting.model, text);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, `ask-${name.replaceAll(' ', '-')}`);
    expect(faults).toEqual([]);
    await page.context().close();
  });
});

const closeHasFocus = () => document.activeElement?.matches('.ask-close');

interface Watched {
  changes: number;
}

/** Counts what changes in the first block from now on. */
async function watchFirstBlock(page: Page): Promise<void> {
  await page.evaluate(() => {
    const watched = globalThis as unknown as Watched;
    watched.changes = 0;
    const options = { subtree: true, childList: true, characterData: true, attributes: true };
    const block = document.querySelector('.markdown > p')!;
    new MutationObserver((changes) => (watched.changes += changes.length)).observe(block, options);
  });
}

function isInView(page: Page, selector: string): Promise<boolean> {
  return page.evaluate((query) => {
    const { top, bottom } = document.querySelector(query)!.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  }, selector);
}
