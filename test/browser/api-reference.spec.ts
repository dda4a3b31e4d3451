import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import {
  interruption,
  startService,
  type ServerProcess,
  type TemporaryFolder,
} from '../../bench/service-process.ts';
import { findAccessibilityFaults, launchBrowser, openPage, takePicture } from '../support/browser/browser.ts';
import { buildService, makeDataFolder } from '../support/service/built-service.ts';
import { startNginx } from '../support/proxy/nginx.ts';
import { describeWithChromium } from '../support/requirements.ts';

/** Building and starting takes a busy machine long. */
const BUILD_LIMIT_MS = 300_000;

describeWithChromium('The reference of the API', () => {
  let browser: Browser;
  let folder: TemporaryFolder;
  let service: ServerProcess;

  beforeAll(async () => {
    buildService();
    folder = await makeDataFolder();
    service = await startService({ DATA_DIR: folder.path, SEED_DOCS: 'false' }, interruption());
    browser = await launchBrowser();
  }, BUILD_LIMIT_MS);
  afterAll(async () => {
    await browser.close();
    await service[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  test.each([
    ['light', 1_500],
    ['dark', 1_500],
    ['light', 320],
  ] as const)('can be read when it is %s and %i pixels wide', async (colorScheme, width) => {
    const viewport = { width, height: 900 };
    const { page, faults } = await openPage(browser, `${service.url}/docs`, { colorScheme, viewport });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, `api-reference-${colorScheme}-${width}`);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('leads from its index to a route by keyboard, without script', async () => {
    const { page, faults } = await openPage(browser, `${service.url}/docs`, { javaScriptEnabled: false });
    await page.getByRole('link', { name: 'POST Find passages' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Find passages' }).waitFor();
    expect(new URL(page.url()).hash).toBe('#search');
    const details = page.locator('#search details').first();
    await details.locator('summary').focus();
    await page.keyboard.press('Enter');
    expect(await details.getAttribute('open')).not.toBeNull();
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('works below a path of a proxy', async () => {
    const proxy = await startNginx(service.url, '/rag/');
    const { page, faults } = await openPage(browser, `${proxy.url}/rag/docs`);
    const font = await page.evaluate(() => getComputedStyle(document.body).margin);
    expect(font).toBe('0px');
    await page.getByRole('link', { name: 'openapi.json' }).click();
    expect(page.url()).toBe(`${proxy.url}/rag/openapi.json`);
    expect(faults).toEqual([]);
    await page.context().close();
    await proxy.stop();
  });
});
