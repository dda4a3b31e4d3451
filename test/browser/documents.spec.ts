import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { findAccessibilityFaults, takePicture } from '../support/browser/browser.ts';
import {
  choose,
  DocumentsSetting,
  drop,
  listedRow,
  untilRowSays,
  uploadRow,
  START_LIMIT_MS,
} from '../support/browser/documents-setting.ts';
import { describeWithChromium } from '../support/requirements.ts';
import { until } from '../support/until.ts';

const FUSES =
  '# Fuses\n\nA fuse melts when the current is too high.\n\n# Replacing\n\nSwitch it off first.\n';

describeWithChromium('The page “Documents”', () => {
  let setting: DocumentsSetting;

  beforeAll(async () => {
    setting = await DocumentsSetting.start();
  }, START_LIMIT_MS);
  afterEach(() => setting.clear());
  afterAll(() => setting.stop());

  test('invites to add documents, takes a chosen folder, and shows it searchable', async () => {
    const { page, faults } = await setting.open();
    await page.getByRole('heading', { name: 'Add the documents' }).waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'documents-empty');
    const folder = await setting.write('handbook', {
      'fuses.md': FUSES,
      'sub/Bridges.TXT': 'A bridge carries a road.',
      'page.html': '<title>Page</title><p>A tunnel.</p>',
      'image.png': 'x',
      LICENSE: 'x',
      '.hidden.md': 'x',
      'node_modules/a/readme.md': 'x',
      'build/out.md': 'x',
      'package.json': '{}',
    });
    await choose(page, 'Folder', folder);
    await untilRowSays(page, 'handbook/fuses.md', 'Searchable; 2 passages');
    await untilRowSays(page, 'handbook/sub/Bridges.TXT', 'Searchable; 1 passage');
    await page.getByText('1 × node_modules/').waitFor();
    const notice = await page.getByText('Passed over:').textContent();
    for (const kind of ['1 × .png', '1 × .json', '1 × without ending', '1 × node_modules/', '1 × build/'])
      expect(notice).toContain(kind);
    await listedRow(page, 'handbook/fuses.md').waitFor();
    expect(await setting.ids()).toEqual([
      'handbook/fuses.md',
      'handbook/page.html',
      'handbook/sub/Bridges.TXT',
    ]);
    expect(await setting.search('melting fuses')).toContain('handbook/fuses.md');
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'documents-added');
    await page.getByRole('button', { name: 'Clear' }).click();
    await uploadRow(page, 'fuses').waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('takes dropped files and folders, and the newest version of a file', async () => {
    const { page, faults } = await setting.open();
    const one = await setting.write('one', { 'a.md': 'The first version.' });
    await drop(page, [one, `${await setting.write('two', { 'b.md': 'Beside it.' })}/b.md`]);
    await untilRowSays(page, 'one/a.md', 'Searchable; 1 passage');
    await untilRowSays(page, 'b.md', 'Searchable');
    await setting.write('one', { 'a.md': 'The second version.' });
    await drop(page, [one]);
    await untilRowSays(page, 'one/a.md', 'in place of its older version');
    await drop(page, [one]);
    await untilRowSays(page, 'one/a.md', 'unchanged');
    expect(await setting.ids()).toEqual(['b.md', 'one/a.md']);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('takes pasted texts and files', async () => {
    const { page, faults } = await setting.open();
    await page.getByRole('heading', { name: 'Add the documents' }).waitFor();
    const paste = (kind: 'text' | 'file') =>
      page.evaluate((what) => {
        const clipboardData = new DataTransfer();
        if (what === 'text') clipboardData.setData('text/plain', '# Pasted\n\nA lighthouse.');
        else clipboardData.items.add(new File(['A harbour.'], 'harbour.txt'));
        document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
      }, kind);
    await paste('text');
    const dialog = page.getByRole('dialog', { name: 'Add a text' });
    await dialog.waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'documents-paste');
    await dialog.getByLabel('Title').fill('Lights');
    await dialog.getByRole('button', { name: 'Add the text' }).click();
    await untilRowSays(page, 'Lights', 'Searchable; 1 passage');
    await paste('file');
    await untilRowSays(page, 'harbour.txt', 'Searchable; 1 passage');
    await page.getByRole('button', { name: 'Paste text' }).click();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Paste text…');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('says of each file why it is not taken, and tries it again', async () => {
    const { page, faults } = await setting.open();
    const files = await setting.write('broken', {
      'scan.md': '%PDF-1.7 …',
      'latin.txt': Uint8Array.from([0x63, 0x61, 0x66, 0xe9]),
      'empty.md': ' \n',
      'nul.md': 'a\0b',
      'script.html': '<script>1</script>',
      'huge.txt': Buffer.alloc(21 * 1024 * 1024, 'word '),
      'table.xlsx': 'x',
      'good.md': 'Fine words.',
    });
    const names = [
      'scan.md',
      'latin.txt',
      'empty.md',
      'nul.md',
      'script.html',
      'huge.txt',
      'table.xlsx',
      'good.md',
    ];
    await choose(
      page,
      'Files',
      names.map((name) => `${files}/${name}`),
    );
    await untilRowSays(page, 'scan.md', 'The file is a PDF');
    await untilRowSays(page, 'latin.txt', 'not text in UTF-8');
    await untilRowSays(page, 'empty.md', 'The file is empty.');
    await untilRowSays(page, 'nul.md', 'The text must not contain NUL characters.');
    await untilRowSays(page, 'script.html', 'The text contains no text.');
    await untilRowSays(page, 'huge.txt', 'The file has 21 MB. A document may have 20 MB.');
    await untilRowSays(page, 'table.xlsx', 'Only Markdown, text and HTML files can be read.');
    await untilRowSays(page, 'good.md', 'Searchable');
    expect(await setting.ids()).toEqual(['good.md']);
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'documents-refused');
    // A file that was changed since it was chosen cannot be read by a browser; it is chosen anew.
    await setting.write('broken', { 'empty.md': 'No longer empty.' });
    await page.getByRole('button', { name: 'Try again: empty.md' }).click();
    await untilRowSays(page, 'empty.md', 'changed or moved');
    await choose(page, 'Files', `${files}/empty.md`);
    await until('it is stored', async () => (await setting.ids()).includes('empty.md'));
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('filters the list as one types', async () => {
    await setting.ingest([
      { id: 'a.md', title: 'Wires of copper', text: 'Copper.' },
      { id: 'b.md', title: 'Pipes', text: 'Lead.' },
    ]);
    const { page, faults } = await setting.open();
    const field = page.getByRole('searchbox');
    await field.pressSequentially('COPP');
    await listedRow(page, 'Pipes').waitFor({ state: 'detached' });
    await listedRow(page, 'Wires of copper').waitFor();
    await field.fill('<b>none</b>');
    await page.getByText('No title or name contains “<b>none</b>”.').waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Show all' }).click();
    await listedRow(page, 'Pipes').waitFor();
    await page.waitForFunction(() => document.activeElement?.matches('section'));
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('shows what a document was split into, and where it is from', async () => {
    const metadata = { lang: 'en', tags: ['a', 'b'] };
    await setting.ingest([
      { id: 'x/fuses.md', title: 'Fuses', url: 'https://a.example/f', text: FUSES, metadata },
    ]);
    const { page, faults } = await setting.open();
    await page.getByRole('link', { name: 'Fuses' }).press('Enter');
    const heading = page.getByRole('heading', { name: 'Fuses', level: 1 });
    await heading.waitFor();
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
    await page.getByText('A fuse melts when the current is too high.').waitFor();
    await page.getByText('Searchable; 2 passages').waitFor();
    expect(await page.getByRole('link', { name: 'Open the original' }).getAttribute('href')).toBe(
      'https://a.example/f',
    );
    const facts = await page.locator('.documents-facts').textContent();
    expect(facts).toContain('x/fuses.md');
    expect(facts).toMatch(/tags.?a, b/);
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'documents-view');
    await page.goBack();
    await page.waitForFunction(() => document.activeElement?.textContent === 'Fuses');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('deletes one document, by keyboard, and it is gone', async () => {
    await setting.ingest([
      { id: 'a.md', title: 'Anchors', text: 'An anchor holds.' },
      { id: 'b.md', title: 'Buoys', text: 'A buoy floats.' },
    ]);
    const { page, faults } = await setting.open();
    await page.getByRole('button', { name: 'Delete Anchors' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Delete “Anchors”?' });
    await dialog.getByText('This cannot be undone').waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'documents-delete');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
      'Delete Anchors',
    );
    expect(await setting.ids()).toEqual(['a.md', 'b.md']);
    await page.keyboard.press('Enter');
    await dialog.waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await listedRow(page, 'Anchors').waitFor({ state: 'detached' });
    await page.waitForFunction(
      () => document.querySelector('[role=status]')?.textContent === 'Deleted “Anchors”.',
    );
    await page.waitForFunction(() => document.activeElement?.matches('section'));
    expect(await setting.search('anchor')).toEqual([]);
    expect(await setting.ids()).toEqual(['b.md']);
    await page.getByRole('link', { name: 'Buoys' }).click();
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'Add the documents' }).waitFor();
    await page.waitForFunction(() => document.activeElement?.matches('main, main *'));
    expect(await setting.ids()).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('deletes many documents that were selected', async () => {
    await setting.ingest(
      Array.from({ length: 60 }, (_, n) => ({ id: `n${n}.md`, title: `Number ${n}`, text: `Word ${n}.` })),
    );
    const { page, faults } = await setting.open();
    await page.getByText('The first 50 documents').waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByText('60 documents').waitFor();
    await page.getByRole('searchbox').fill('n5');
    await page.getByText('11 documents').click();
    await page.getByText('11 selected').waitFor();
    await page.getByRole('checkbox', { name: 'Select Number 5', exact: true }).uncheck();
    await page.getByRole('button', { name: 'Delete 10 documents' }).click();
    await page.getByRole('dialog').getByText('and 5 more').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.documents-list li').length === 1);
    expect(await setting.ids()).toHaveLength(50);
    expect(await setting.ids()).toContain('n5.md');
    expect(faults).toEqual([]);
    await page.context().close();
  });
});
