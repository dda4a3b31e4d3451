import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import {
  interruption,
  startService,
  type ServerProcess,
  type TemporaryFolder,
} from '../../../bench/service-process.ts';
import { ScriptedModel, type ScriptedCall } from '../fakes/scripted-model.ts';
import { launchBrowser, openPage, type OpenPage } from './browser.ts';
import { buildService, makeDataFolder } from '../service/built-service.ts';

/** Only ends what hangs: a busy machine builds the service for minutes. */
export const START_LIMIT_MS = 300_000;

const ADMIN_TOKEN = 'correct-horse-battery-staple';
const GUARDS = ['huggingface_api', 'backup'];

const DOCUMENTS = [
  {
    id: 'fuses',
    title: 'Fuses',
    url: 'https://example.com/fuses',
    text: `# Fuses\n\n## Purpose\n\n${'A fuse protects a line. '.repeat(30)}\n\n## Melting\n\nA fuse melts when the current is too high.\n\n## Replacing\n\n${'Switch the current off before a fuse is replaced. '.repeat(30)}`,
  },
  { id: 'relays', title: 'Relays', text: 'A relay switches a large current by a small one.' },
  { id: 'cables', title: 'Cables', text: 'A cable that carries a large current becomes warm.' },
];

/** A service in a process of its own between a browser and two models that say what a test tells them to say. */
export class AskSetting {
  private constructor(
    readonly browser: Browser,
    readonly service: ServerProcess,
    readonly model: ScriptedModel,
    readonly backup: ScriptedModel,
    private readonly folder: TemporaryFolder,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<AskSetting> {
    buildService();
    const folder = await makeDataFolder();
    const [model, backup] = [await new ScriptedModel().start(), await new ScriptedModel().start()];
    const settings = {
      DATA_DIR: folder.path,
      SEED_DOCS: 'false',
      ADMIN_TOKEN,
      GENERATION_TARGETS: `${model.url},${backup.url}&name=backup`,
      EMBEDDING_TARGETS: 'local://hashing',
      CIRCUIT_BREAKER_FAIL_THRESHOLD: '2',
      CIRCUIT_BREAKER_TIMEOUT_SECONDS: '2',
      // The models are called for questions alone, and by nobody else.
      PROBE_INTERVAL_SECONDS: '0',
      GENERATION_HEDGE_AFTER_MS: '60000',
      GENERATION_PATIENCE_MS: '60000',
      LADDER_CANARY_SHARE: '0',
      ...env,
    };
    const service = await startService(settings, interruption());
    const browser = await launchBrowser();
    const setting = new AskSetting(browser, service, model, backup, folder);
    await setting.store(DOCUMENTS);
    return setting;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.service[Symbol.asyncDispose]();
    await this.model.stop();
    await this.backup.stop();
    await this.folder[Symbol.asyncDispose]();
  }

  /** Stores documents, and throws unless all of them are. */
  async store(documents: object[]): Promise<void> {
    await this.post('/documents', { documents });
  }

  /** Starts the models that are stopped and forgets their failures, so that the next test begins with the first one. */
  async recover(): Promise<void> {
    await this.model.start();
    await this.backup.start();
    for (const name of GUARDS) await this.post(`/admin/circuit-breakers/${name}/reset`, {});
  }

  /** A page of its own, whose storage begins empty. */
  open(options: BrowserContextOptions = {}): Promise<OpenPage> {
    return openPage(this.browser, this.service.url, options);
  }

  /** Sends JSON with the admin key. @throws unless it succeeds */
  async post(path: string, body: object): Promise<void> {
    const response = await fetch(this.service.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }
}

/** Writes a question and presses Enter. */
export async function ask(page: Page, question: string): Promise<void> {
  await page.getByLabel('Your question').fill(question);
  await page.getByLabel('Your question').press('Enter');
}

/** Asks, and waits for the call that the question becomes. */
export async function askModel(page: Page, question: string, model: ScriptedModel): Promise<ScriptedCall> {
  const { length } = model.calls;
  await ask(page, question);
  return model.call(length);
}

/** Asks a question that a model answers with a text at once, and waits until the page shows the whole answer. */
export async function askAndAnswer(
  page: Page,
  question: string,
  model: ScriptedModel,
  text: string,
): Promise<void> {
  const call = await askModel(page, question, model);
  call.say(text);
  call.finish();
  await answered(page);
}

/** Waits until the last answer of the page is complete. */
export async function answered(page: Page): Promise<void> {
  await page.locator('.ask-turn:last-child .ask-how').waitFor();
}
