import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import {
  interruption,
  startService,
  type ServerProcess,
  type TemporaryFolder,
} from '../../bench/service-process.ts';
import { findAccessibilityFaults, launchBrowser, openPage } from '../support/browser/browser.ts';
import { buildService, makeDataFolder } from '../support/service/built-service.ts';
import { startNginx } from '../support/proxy/nginx.ts';
import { describeWithChromium } from '../support/requirements.ts';

describeWithChromium('The console', () => {
  let browser: Browser;
  let folder: TemporaryFolder;
  let service: ServerProcess;

  beforeAll(async () => {
    buildService();
    folder = await makeDataFolder();
    service = await startService({ DATA_DIR: folder.path, SEED_DOCS: 'false' }, interruption());
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await service[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  test.each(['/', '/console', '/console/'])('opens at %s, on its pages and by keyboard', async (path) => {
    const { page, faults } = await openPage(browser, service.url + path);
    await page.getByRole('link', { name: 'Operate' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.title === 'Operate · failsoft');
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await page.goBack();
    await page.waitForFunction(() => document.title === 'failsoft');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('says that its files never change, and that its page may', async () => {
    const html = await (await fetch(service.url)).text();
    const [, file = ''] = /src="([^"]+)"/.exec(html) ?? [];
    const script = await fetch(`${service.url}/${file}`, { headers: { 'accept-encoding': 'br' } });
    expect(script.headers.get('cache-control')).toContain('immutable');
    expect(script.headers.get('content-encoding')).toBe('br');
    expect((await fetch(`${service.url}/console/index.html`)).status).toBe(404);
    expect((await fetch(service.url)).headers.get('cache-control')).toBe('no-cache');
  });

  test('takes less than 80 kB of a connection', async () => {
    const html = await (await fetch(service.url)).text();
    const files = [...html.matchAll(/(?:src|href)="(console\/[^"]+)"/g)].map(([, file]) => file);
    const sizes = files.map(async (file) => {
      const { headers } = await fetch(`${service.url}/${file}`, { headers: { 'accept-encoding': 'br' } });
      expect(headers.get('content-encoding')).toBe('br');
      return Number(headers.get('content-length'));
    });
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size);
    expect(files).toHaveLength(2);
    expect(total).toBeLessThan(80_000);
  });

  test('works below a path of a proxy, and keeps apart what is kept for another path', async () => {
    const proxy = await startNginx(service.url, '/rag/', '/other/');
    const { page, faults } = await openPage(browser, `${proxy.url}/rag/`);
    await page.getByRole('link', { name: 'Documents', exact: true }).click();
    await page.waitForFunction(() => document.title === 'Documents · failsoft');
    await page.goto(`${proxy.url}/rag/#key=of-this-one`);
    await page.getByLabel('Your question').fill('For this one');
    await page.goto(`${proxy.url}/other/`);
    expect(await page.getByLabel('Your question').inputValue()).toBe('');
    await page.goto(`${proxy.url}/other/#/operate`);
    await page.getByRole('button', { name: 'Give the admin key…' }).waitFor();
    await page.goto(`${proxy.url}/rag/`);
    expect(await page.getByLabel('Your question').inputValue()).toBe('For this one');
    expect(faults).toEqual([]);
    await page.context().close();
    await proxy.stop();
  });
});
