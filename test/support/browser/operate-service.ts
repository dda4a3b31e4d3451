import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { interruption, startService } from '../../../bench/service-process.ts';
import { FakeHuggingFace } from '../fakes/fake-hugging-face.ts';
import { launchBrowser, openPage, type OpenPage } from './browser.ts';
import { buildService, makeDataFolder } from '../service/built-service.ts';

/** The admin key of the service. */
export const ADMIN_TOKEN = 'correct-horse-battery-staple';

/** The guard of the first generation target. */
export const MODEL = 'huggingface_api';

/** A built service with a model and its backup, and a browser that looks at its page “Operate”. */
export interface OperateService extends AsyncDisposable {
  url: string;
  browser: Browser;
  model: FakeHuggingFace;
  backup: FakeHuggingFace;
  /** Asks a question that the documents answer and that was not asked before. */
  ask(): Promise<void>;
  /** Opens the page; with the key where `isKeyed`. */
  open(options?: { isKeyed?: boolean; rest?: string } & BrowserContextOptions): Promise<OpenPage>;
}

/** Starts the service, its models and the browser. */
export async function startOperateService(env: Record<string, string> = {}): Promise<OperateService> {
  buildService();
  const folder = await makeDataFolder();
  const [model, backup] = [new FakeHuggingFace(), new FakeHuggingFace()];
  await Promise.all([model.start(), backup.start()]);
  const targets = `${model.url}/v1?model=fake-chat,${backup.url}/v1?model=fake-chat&name=backup`;
  const settings = {
    DATA_DIR: folder.path,
    SEED_DOCS: 'false',
    ADMIN_TOKEN,
    GENERATION_TARGETS: targets,
    CIRCUIT_BREAKER_FAIL_THRESHOLD: '2',
  };
  const service = await startService({ ...settings, ...env }, interruption());
  const post = (path: string, body: object) =>
    fetch(service.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  await post('/documents', {
    documents: [{ id: 'lamp', text: '# Lamps\n\nA lamp has a number and a wick.' }],
  });
  const browser = await launchBrowser();
  let asked = 0;
  return {
    url: service.url,
    browser,
    model,
    backup,
    async ask() {
      await (await post('/query', { query: `What has the lamp number ${asked++}?` })).text();
    },
    async open({ isKeyed = true, rest = '', ...options } = {}) {
      const opened = await openPage(
        browser,
        `${service.url}/${isKeyed ? `#key=${ADMIN_TOKEN}` : ''}`,
        options,
      );
      await opened.page.evaluate((hash) => void (location.hash = hash), `#/operate${rest}`);
      await opened.page.locator('.operate-card').first().waitFor();
      return opened;
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await service[Symbol.asyncDispose]();
      await Promise.all([model.stop(), backup.stop()]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The card of a guard. */
export function cardOf(page: Page, guard: string): Locator {
  return page.locator(`.operate-card[data-guard="${guard}"]`);
}

/** The guards in the order of their cards. */
export function readOrder(page: Page): Promise<(string | null)[]> {
  return page
    .locator('.operate-card')
    .evaluateAll((cards) => cards.map((card) => card.getAttribute('data-guard')));
}
