import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import {
  interruption,
  makeTemporaryFolder,
  startService,
  type ServerProcess,
  type TemporaryFolder,
} from '../../../bench/service-process.ts';
import { FakeHuggingFace } from '../fakes/fake-hugging-face.ts';
import { DatabaseRelay } from '../postgres/database-relay.ts';
import { until } from '../until.ts';
import { launchBrowser, openPage, type OpenPage } from './browser.ts';
import { buildService, makeDataFolder } from '../service/built-service.ts';

/** How long a build and a start may take: it only ends what hangs. */
export const START_LIMIT_MS = 240_000;

/** The page “Documents” before a built service without documents, whose embedder and connection can be taken away. */
export class DocumentsSetting {
  private constructor(
    readonly embedder: FakeHuggingFace,
    /** The way from the browser to the service. */
    readonly relay: DatabaseRelay,
    private readonly service: ServerProcess,
    private readonly folders: TemporaryFolder[],
    private readonly browser: Browser,
  ) {}

  static async start(): Promise<DocumentsSetting> {
    buildService();
    const embedder = await new FakeHuggingFace().start();
    const folders = [await makeDataFolder(), await makeTemporaryFolder()];
    const env = {
      DATA_DIR: folders[0]?.path ?? '',
      SEED_DOCS: 'false',
      EMBEDDING_TARGETS: `${embedder.url}/v1?api=openai&model=fake-embed`,
      CIRCUIT_BREAKER_RESET_TIMEOUT: '1',
    };
    const service = await startService(env, interruption());
    const relay = await DatabaseRelay.prepare(service.url);
    await relay.start();
    return new DocumentsSetting(embedder, relay, service, folders, await launchBrowser());
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.relay.stop();
    await this.service[Symbol.asyncDispose]();
    await this.embedder.stop();
    for (const folder of this.folders) await folder[Symbol.asyncDispose]();
  }

  /** Opens the page, at `rest` below it. */
  open(options: BrowserContextOptions = {}, rest = ''): Promise<OpenPage> {
    return openPage(this.browser, `${this.relay.url}#/documents${rest}`, options);
  }

  /** Writes files by their paths. @returns the folder that has them */
  async write(folder: string, files: Record<string, string | Uint8Array>): Promise<string> {
    const root = join(this.folders[1]?.path ?? '', folder);
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
    }
    return root;
  }

  async ingest(documents: Record<string, unknown>[]): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ documents });
    const response = await fetch(`${this.service.url}/documents`, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(await response.text());
  }

  /** The ids of all documents. */
  async ids(): Promise<string[]> {
    const response = await fetch(`${this.service.url}/documents?limit=100`);
    const { documents } = (await response.json()) as { documents: { id: string }[] };
    return documents.map(({ id }) => id);
  }

  /** The ids of the documents in which a search by words finds something. */
  async search(query: string): Promise<string[]> {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ query, mode: 'lexical' });
    const response = await fetch(`${this.service.url}/search`, { method: 'POST', headers, body });
    const { results } = (await response.json()) as { results: { document_id: string }[] };
    return results.map(({ document_id: id }) => id);
  }

  async clear(): Promise<void> {
    for (const id of await this.ids())
      await fetch(`${this.service.url}/documents?${new URLSearchParams({ id })}`, { method: 'DELETE' });
  }
}

/** The row of a document that is being added. */
export function uploadRow(page: Page, name: string) {
  return page.locator('.documents-rows li').filter({ hasText: name });
}

/** Waits until the row of a document that is being added says so. */
export async function untilRowSays(page: Page, name: string, text: string | RegExp): Promise<void> {
  await uploadRow(page, name).filter({ hasText: text }).waitFor();
}

/** The row of a document in the list. */
export function listedRow(page: Page, name: string) {
  return page.locator('.documents-list li').filter({ hasText: name });
}

/** Chooses files, or a folder. */
export async function choose(page: Page, kind: 'Files' | 'Folder', paths: string | string[]): Promise<void> {
  await page.getByLabel(kind, { exact: true }).setInputFiles(paths);
}

/** Drops files and folders onto the page, as the window system does. */
export async function drop(page: Page, files: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  const send = (type: 'dragEnter' | 'dragOver' | 'drop') =>
    session.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
  const invitation = page.getByText('Let go to add them');
  await send('dragEnter');
  await until('the page takes what is dragged', async () => {
    await send('dragOver');
    return invitation.isVisible();
  });
  // The browser drops nothing where it has not yet heard from the page that it takes it, and says nothing of that.
  await until('it is dropped', async () => {
    // What the browser did not drop has ended the drag.
    await send('dragEnter');
    await send('dragOver');
    await send('drop');
    return invitation.waitFor({ state: 'hidden', timeout: 2_000 }).then(
      () => true,
      () => false,
    );
  });
}
