import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { CHROMIUM } from './chromium.ts';

const PICTURES = new URL('../../../artefacts/', import.meta.url);
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** Chromium asks for its maker's servers at every start, and a machine without them makes it wait. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts Chromium without a window. */
export function launchBrowser(): Promise<Browser> {
  // Without a locale the names of files are read as ASCII.
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  return chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS, env });
}

/** A page of the console, and what should never happen in it. */
export interface OpenPage {
  page: Page;
  /** Violations of the policy, errors that nobody caught, and requests to other servers. */
  faults: string[];
}

/** Opens an address in a context of its own, which has no storage of any other. */
export async function openPage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1_200, height: 800 }, ...options });
  const page = await context.newPage();
  // A busy machine must not fail a test.
  page.setDefaultTimeout(90_000);
  const faults: string[] = [];
  await page.exposeFunction('noteViolation', (text: string) => void faults.push(text));
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
      const { noteViolation } = globalThis as unknown as { noteViolation: (text: string) => void };
      noteViolation(`policy: ${violatedDirective} ${blockedURI} ${sample}`);
    });
  });
  page.on('pageerror', (error) => void faults.push(`error: ${error.message}`));
  const { origin } = new URL(address);
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== 'data:') faults.push(`request: ${url.href}`);
  });
  await page.goto(address);
  return { page, faults };
}

/** What axe-core finds wrong with a page as it is shown now: one line for each rule and element. */
export async function findAccessibilityFaults(page: Page): Promise<string[]> {
  // The policy of the page forbids scripts of others, so axe comes in over the debugging protocol.
  const source = await readFile(AXE, 'utf8');
  await page.evaluate(`${source}; undefined`);
  return page.evaluate(async () => {
    interface Violation {
      id: string;
      help: string;
      nodes: { html: string; failureSummary?: string }[];
    }
    const { axe } = globalThis as unknown as { axe: { run: () => Promise<{ violations: Violation[] }> } };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html} ${failureSummary ?? ''}`),
    );
  });
}

/** Keeps a picture of a page as `artefacts/<name>.png`. */
export async function takePicture(page: Page, name: string): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, PICTURES)) });
}
