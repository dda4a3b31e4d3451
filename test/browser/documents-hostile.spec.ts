import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findAccessibilityFaults, takePicture } from '../support/browser/browser.ts';
import {
  choose,
  DocumentsSetting,
  listedRow,
  untilRowSays,
  START_LIMIT_MS,
} from '../support/browser/documents-setting.ts';
import { makeHostileTexts } from '../support/browser/hostile-texts.ts';
import { describeWithChromium } from '../support/requirements.ts';

/** Of all hostile texts every tenth: each becomes a document, which takes longer than showing it. */
const TEXTS = makeHostileTexts()
  .filter((_, index) => index % 10 === 0)
  .map(({ text, token }) => ({ text: text.replaceAll('\0', '').toWellFormed(), token }));
const LONG = 'x'.repeat(4_000);

describeWithChromium('The page “Documents” with hostile texts and on small screens', () => {
  let setting: DocumentsSetting;

  beforeAll(async () => {
    setting = await DocumentsSetting.start();
    await setting.ingest([
      ...TEXTS.map(({ text, token }) => ({
        id: `${token}/${text}`.slice(0, 200).toWellFormed(),
        title: `${token} ${text}`.slice(0, 500).toWellFormed(),
        // An unclosed element of the text may be all that is left of it.
        text: `Words.\n\n${text}`,
        metadata: { text: text.slice(0, 1_000).toWellFormed() },
      })),
      {
        id: 'long',
        title: LONG.slice(0, 500),
        text: LONG,
        format: 'text',
        metadata: { word: LONG.slice(0, 1_000) },
      },
    ]);
  }, START_LIMIT_MS);
  afterAll(() => setting.stop());

  test('shows names, titles, metadata and passages as text', async () => {
    const { page, faults } = await setting.open();
    let dialogs = 0;
    page.on('dialog', (dialog) => ((dialogs += 1), void dialog.dismiss()));
    await page.getByRole('button', { name: 'Show more' }).click();
    for (const { token } of TEXTS) await listedRow(page, token).waitFor();
    expect(await page.evaluate(findStrangers)).toEqual([]);
    await takePicture(page, 'documents-hostile');
    for (const { token } of TEXTS.slice(0, 20)) {
      await listedRow(page, token).getByRole('link').click();
      await page.locator('.documents-passages li').first().waitFor();
      expect(await page.evaluate(findStrangers)).toEqual([]);
      await page.getByLabel('As stored').check();
      await page.locator('.documents-text').first().waitFor();
      expect(await page.evaluate(findStrangers)).toEqual([]);
      await page.getByLabel('Formatted').check();
      await page.goBack();
      await listedRow(page, token).waitFor();
    }
    await listedRow(page, TEXTS[3]?.token ?? '')
      .getByRole('button', { name: 'Delete' })
      .click();
    await page.getByRole('dialog').waitFor();
    expect(await page.evaluate(findStrangers)).toEqual([]);
    expect(dialogs).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('shows the hostile name of a file that is added as text', async () => {
    const { page, faults } = await setting.open();
    const names = ['<img src=x onerror=alert(1)>.md', '\u202edm.exe.md', `${'n'.repeat(190)}.md`];
    const folder = await setting.write('<b>', Object.fromEntries(names.map((name) => [name, 'Fine words.'])));
    await choose(
      page,
      'Files',
      names.map((name) => `${folder}/${name}`),
    );
    for (const name of names) await untilRowSays(page, name, 'Searchable');
    await choose(page, 'Folder', await setting.write('deep', { [`${'d'.repeat(200)}/a.md`]: 'Deep.' }));
    await untilRowSays(page, 'dddd', 'Its path has 210 characters. At most 200 are possible.');
    expect(await page.evaluate(findStrangers)).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test.each([
    { width: 320, colorScheme: 'dark' as const },
    { width: 600, colorScheme: 'light' as const },
    { width: 1_200, colorScheme: 'dark' as const },
  ])('fits $width pixels in $colorScheme colours', async ({ width, colorScheme }) => {
    const { page, faults } = await setting.open({ viewport: { width, height: 900 }, colorScheme });
    await listedRow(page, TEXTS[0]?.token ?? '').waitFor();
    const overflows = () => document.documentElement.scrollWidth > document.documentElement.clientWidth;
    expect(await page.evaluate(overflows)).toBe(false);
    await takePicture(page, `documents-${width}-${colorScheme}`);
    await page.getByRole('searchbox').fill('long');
    await page.getByRole('checkbox', { name: `Select ${LONG.slice(0, 500)}` }).check();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Delete 1 document' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await page.evaluate(overflows)).toBe(false);
    await takePicture(page, `documents-delete-${width}-${colorScheme}`);
    await page.keyboard.press('Escape');
    await page.goto(`${setting.relay.url}#/documents/long`);
    await page.locator('.documents-passages li').first().waitFor();
    expect(await page.evaluate(overflows)).toBe(false);
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, `documents-view-${width}-${colorScheme}`);
    expect(faults).toEqual([]);
    await page.context().close();
  });
});

/** Elements, attributes and addresses of the page that no text may bring into it. */
function findStrangers(): string[] {
  const elements =
    /^(DIV|SPAN|A|H[1-6]|OL|UL|LI|P|TIME|BUTTON|DETAILS|SUMMARY|DL|DT|DD|BDI|CODE|PRE|STRONG|EM|DEL|BR|HR|BLOCKQUOTE|TABLE|THEAD|TBODY|TR|TH|TD|LABEL|INPUT|PROGRESS|DIALOG|SECTION|ARTICLE|FIELDSET|LEGEND)$/;
  const attributes =
    /^(class|dir|href|target|rel|tabindex|scope|start|id|aria-[a-z]+|type|datetime|open|name|placeholder|hidden|multiple|webkitdirectory|style|max(length)?|value)$/;
  const found: string[] = [];
  for (const element of document.querySelectorAll('main *')) {
    if (!elements.test(element.tagName)) found.push(element.tagName);
    for (const { name } of element.attributes) if (!attributes.test(name)) found.push(name);
    if (element.getAttribute('style')) found.push('style');
    if (element instanceof HTMLAnchorElement && !/^(https?|mailto):$/.test(element.protocol))
      found.push(element.href);
  }
  if (document.querySelectorAll('main').length !== 1) found.push('main');
  if (document.querySelectorAll('nav a').length !== 3) found.push('nav');
  if (document.querySelectorAll('script').length !== 1) found.push('script');
  return found;
}
