import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { findAccessibilityFaults, takePicture } from '../support/browser/browser.ts';
import {
  choose,
  DocumentsSetting,
  listedRow,
  untilRowSays,
  uploadRow,
  START_LIMIT_MS,
} from '../support/browser/documents-setting.ts';
import { describeWithChromium } from '../support/requirements.ts';

describeWithChromium('The page “Documents” during outages', () => {
  let setting: DocumentsSetting;

  beforeAll(async () => {
    setting = await DocumentsSetting.start();
  }, START_LIMIT_MS);
  afterEach(async () => {
    setting.embedder.clearFaults();
    await setting.embedder.start();
    await setting.relay.start();
    await setting.clear();
  });
  afterAll(() => setting.stop());

  test('finds a document by words while the embedder is out, and embeds it once that is back', async () => {
    const { page, faults } = await setting.open();
    await setting.embedder.stop();
    const folder = await setting.write('out', {
      'tides.md': '# Ebb\n\nWater falls.\n\n# Flood\n\nWater rises.',
    });
    await choose(page, 'Files', `${folder}/tides.md`);
    await untilRowSays(page, 'tides.md', 'Found by words; 0 of 2 embedded');
    expect(await setting.search('water rises')).toContain('tides.md');
    await listedRow(page, 'tides.md').filter({ hasText: 'Found by words; being embedded' }).waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'documents-embedder-out');
    await setting.embedder.start();
    await untilRowSays(page, 'tides.md', 'Searchable; 2 passages');
    await listedRow(page, 'tides.md').filter({ hasText: 'Searchable' }).waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('names a passage of which the model makes no vector, and says why', async () => {
    const { page, faults } = await setting.open();
    const unless = (body: Record<string, unknown>) => !JSON.stringify(body).includes('unspeakable');
    setting.embedder.fail('embed', { kind: 'status', status: 422, unless });
    const folder = await setting.write('refused', { 'bad.md': '# A\n\nFine.\n\n# B\n\nunspeakable' });
    await choose(page, 'Files', `${folder}/bad.md`);
    await untilRowSays(
      page,
      'bad.md',
      'Passage 2 is found by words only: the embedding model refuses its text',
    );
    await uploadRow(page, 'bad.md').getByRole('link').click();
    await page.getByText('Found by words; 1 of 2 embedded').waitFor();
    await page.getByText('refuses its text with status 422. Tried 1 time, again at').waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('waits for a service that is gone, says so, warns who would leave, and goes on', async () => {
    const { page, faults } = await setting.open();
    const folder = await setting.write('many', {
      'a.md': 'The first.',
      'b.md': 'The second.',
    });
    await page.getByRole('heading', { name: 'Add the documents' }).waitFor();
    await setting.relay.stop();
    await choose(page, 'Folder', folder);
    await page.getByText('The service cannot be reached. Nothing is lost').waitFor();
    await uploadRow(page, 'many/a.md').filter({ hasText: 'waits for the service' }).waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'documents-service-gone');
    expect(await wouldWarn(page)).toBe(true);
    // Another page of the console does not end it.
    await page.getByRole('link', { name: 'Operate' }).click();
    await page.getByRole('link', { name: 'Documents', exact: true }).click();
    let isBack = false;
    const isStored = Promise.withResolvers<void>();
    await page.route('**/documents', async (route) => {
      if (isBack && route.request().method() === 'POST') await isStored.promise;
      await route.continue();
    });
    await setting.relay.start();
    isBack = true;
    await page.getByRole('button', { name: 'Try now' }).click();
    await uploadRow(page, 'many/a.md').filter({ hasText: 'sending' }).waitFor();
    await page.getByText('The service cannot be reached.').waitFor({ state: 'detached' });
    isStored.resolve();
    await untilRowSays(page, 'many/a.md', 'Searchable');
    await untilRowSays(page, 'many/b.md', 'Searchable');
    await listedRow(page, 'many/a.md').waitFor();
    expect(await wouldWarn(page)).toBe(false);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('cancels what is not stored, and takes it up again one by one', async () => {
    const { page, faults } = await setting.open();
    await page.getByRole('heading', { name: 'Add the documents' }).waitFor();
    await setting.relay.stop();
    const folder = await setting.write('cancel', { 'a.md': 'The first.', 'b.md': 'The second.' });
    await choose(page, 'Folder', folder);
    await page.getByText('The service cannot be reached. Nothing is lost').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await untilRowSays(page, 'cancel/a.md', 'Cancelled');
    await untilRowSays(page, 'cancel/b.md', 'Cancelled');
    expect(await wouldWarn(page)).toBe(false);
    await setting.relay.start();
    await page.getByRole('button', { name: 'Try again: cancel/b.md' }).click();
    await untilRowSays(page, 'cancel/b.md', 'Searchable');
    expect(await setting.ids()).toEqual(['cancel/b.md']);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('says that the list may be old, and that a deletion failed, while the service is gone', async () => {
    await setting.ingest([{ id: 'a.md', title: 'Anchors', text: 'An anchor holds.' }]);
    const { page, faults } = await setting.open();
    await listedRow(page, 'Anchors').waitFor();
    await setting.relay.stop();
    await page.getByRole('button', { name: 'Delete Anchors' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await dialog.getByText('Nothing was deleted. The service cannot be reached.').waitFor();
    await page.getByText('The list may be out of date.').waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'documents-list-old');
    await setting.relay.start();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'Add the documents' }).waitFor();
    expect(await setting.ids()).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  });
});

/** Whether the browser would ask before the page is left. */
function wouldWarn(page: { evaluate: <T>(what: () => T) => Promise<T> }): Promise<boolean> {
  return page.evaluate(() => !dispatchEvent(new Event('beforeunload', { cancelable: true })));
}
