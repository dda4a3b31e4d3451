import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeWithChromium } from '../support/requirements.ts';
import { findAccessibilityFaults, takePicture } from '../support/browser/browser.ts';
import {
  ADMIN_TOKEN,
  cardOf,
  MODEL,
  startOperateService,
  type OperateService,
} from '../support/browser/operate-service.ts';

const SOON = { timeout: 30_000 };
/** Building, starting and opening take their time where others work, too. */
const START_LIMIT_MS = 240_000;

describeWithChromium('An operator, in the console,', () => {
  let service: OperateService;

  beforeAll(async () => {
    service = await startOperateService({
      DRILLS_ENABLED: 'true',
      CIRCUIT_BREAKER_TIMEOUT_SECONDS: '300',
      PROBE_INTERVAL_SECONDS: '0',
    });
  }, START_LIMIT_MS);
  afterAll(async () => service?.[Symbol.asyncDispose]());

  const readGuard = async (name: string) => {
    const response = await fetch(`${service.url}/admin/circuit-breakers`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    const { circuit_breakers: guards } = (await response.json()) as {
      circuit_breakers: Record<string, { mode: string; state: string; settings: Record<string, unknown> }>;
    };
    return guards[name];
  };
  /** The newest action of an operator. */
  const readNewestAction = async () => {
    const response = await fetch(`${service.url}/admin/timeline`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    const { events } = (await response.json()) as { events: { kind: string }[] };
    return events.find(({ kind }) => kind === 'action');
  };
  const press = (page: Page, guard: string, name: RegExp) =>
    cardOf(page, guard).getByRole('button', { name }).click();

  test('is asked for the key, which is checked at once, and goes on with what was wanted', async () => {
    const { page, faults } = await service.open({ isKeyed: false });
    await press(page, MODEL, /^Thresholds/);
    const dialog = page.getByRole('dialog', { name: 'Admin key' });
    await dialog.waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'operate-key');
    await dialog.getByLabel('Key', { exact: true }).fill('a-wrong-key-of-20-ch');
    await page.keyboard.press('Enter');
    await dialog.getByText('This is not the key of the service.').waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await dialog.getByLabel('Key', { exact: true }).fill(ADMIN_TOKEN);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: `Thresholds of ${MODEL}` }).waitFor();
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.activeElement?.textContent?.startsWith('Thresholds'));
    await page.getByRole('button', { name: 'Forget the admin key' }).click();
    // What asks for the key here goes with the answer.
    await page.getByRole('button', { name: 'Give the key…' }).click();
    await dialog.getByLabel('Key', { exact: true }).fill(ADMIN_TOKEN);
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await page.waitForFunction(() => document.activeElement?.textContent === 'Operate');
    await page.reload();
    await page.getByRole('button', { name: 'Forget the admin key' }).click();
    await page.getByRole('button', { name: 'Give the admin key…' }).waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('forces a target open after reading what it costs, and undoes it, by keys alone', async () => {
    const { page, faults } = await service.open();
    for (let questions = 0; questions < 3; questions++) await service.ask();
    await cardOf(page, MODEL)
      .getByRole('button', { name: /^State/ })
      .focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: `Change the state of ${MODEL}` });
    await dialog.getByText(/In the last minute 3 of \d+ calls went here/).waitFor(SOON);
    await dialog.getByText(/go to backup; if that fails, questions get earlier answers/).waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'operate-force');
    // From the first choice: the duration, the reason, the name.
    for (const text of ['', 'maintenance', 'Jürgen 名前']) {
      await page.keyboard.press('Tab');
      await page.keyboard.type(text);
    }
    await page.keyboard.press('Enter');
    const card = cardOf(page, MODEL);
    await card.getByText('Forced open', { exact: true }).waitFor(SOON);
    await card.getByText(/Forced by Jürgen 名前 for another .*“maintenance”/).waitFor(SOON);
    await page.locator('tr[data-kind="action"]', { hasText: 'forced open for 15 min' }).waitFor(SOON);
    expect((await readGuard(MODEL))?.mode).toBe('forced_open');
    expect(await findAccessibilityFaults(page)).toEqual([]);
    const undo = card.getByRole('button', { name: 'Undo: leave it to its rules again' });
    await undo.focus();
    await page.keyboard.press('Enter');
    await card.getByText('Closed', { exact: true }).waitFor(SOON);
    expect(await readGuard(MODEL)).toMatchObject({ mode: 'auto', state: 'closed' });
    expect(await undo.count()).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('resets a circuit, and has it open again for the time that was left', async () => {
    const { page, faults } = await service.open();
    await service.model.stop();
    for (let failures = 0; failures < 2; failures++) await service.ask();
    const card = cardOf(page, MODEL);
    await card.getByText('Open', { exact: true }).waitFor(SOON);
    await service.model.start();
    await press(page, MODEL, /^State/);
    await page.getByRole('radio', { name: /^Reset/ }).check();
    await page.getByRole('button', { name: 'Reset' }).click();
    await card.getByText('Closed', { exact: true }).waitFor(SOON);
    await card.getByRole('button', { name: /^Undo: open for the \d+ s that were left/ }).click();
    await card.getByText('Forced open', { exact: true }).waitFor(SOON);
    await press(page, MODEL, /^State/);
    await page.getByRole('radio', { name: /^Try now/ }).check();
    await page.getByRole('button', { name: 'Try now' }).click();
    await card.getByText('Half-open', { exact: true }).waitFor(SOON);
    for (let trials = 0; trials < 2; trials++) await service.ask();
    await card.getByText('Closed', { exact: true }).waitFor(SOON);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('changes thresholds, is told what is wrong with them, and undoes the change', async () => {
    const { page, faults } = await service.open();
    await press(page, 'backup', /^Thresholds/);
    const dialog = page.getByRole('dialog', { name: 'Thresholds of backup' });
    const failures = dialog.getByLabel('Failures that open it');
    await dialog.getByRole('button', { name: 'Change' }).click();
    await dialog.getByText('Nothing has been changed.').waitFor();
    await failures.fill('0');
    await dialog.getByRole('button', { name: 'Change' }).click();
    expect(await failures.evaluate((field: HTMLInputElement) => field.validity.valid)).toBe(false);
    await failures.fill('7');
    await dialog.getByText('It opens after 7 failures in a row').waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'operate-thresholds');
    await dialog.getByRole('button', { name: 'Change' }).click();
    const card = cardOf(page, 'backup');
    await card.getByText('Opens after 7 failures').waitFor(SOON);
    expect((await readGuard('backup'))?.settings).toMatchObject({ fail_threshold: 7 });
    await card.getByRole('button', { name: 'Undo: the former thresholds' }).click();
    await card.getByText('Opens after 2 failures').waitFor(SOON);
    expect((await readGuard('backup'))?.settings).toMatchObject({ fail_threshold: 2 });
    await page.waitForFunction(() => document.activeElement?.id === 'guard-backup');
    // It is the default again, and no override of the same value.
    expect(await readNewestAction()).toMatchObject({
      action: 'configure',
      guard: 'backup',
      changes: { fail_threshold: null },
    });
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('begins a drill, sees questions go to the backup, and ends it', async () => {
    const { page, faults } = await service.open();
    const card = cardOf(page, MODEL);
    await press(page, MODEL, /^Drill/);
    const dialog = page.getByRole('dialog', { name: `Rehearse an outage of ${MODEL}` });
    await dialog.getByLabel('The service').selectOption('refuse');
    await dialog.getByLabel('Ends after').selectOption('1 minute');
    await dialog.getByLabel('Reason').fill('a rehearsal');
    await dialog.getByText(/will find that it refuses every connection, for 1 min/).waitFor();
    await dialog.getByText(/answered from the cache: ask a new one/).waitFor();
    await dialog.getByText(/If 2 failures have opened the circuit .* as a rule within 5 min/).waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'operate-drill-dialog');
    await dialog.getByRole('button', { name: 'Begin the drill' }).click();
    await card.getByText(/refuse, 100 % of the calls, another \d+ s/).waitFor(SOON);
    await card.getByText(/^by key:\w+: “a rehearsal”$/).waitFor(SOON);
    for (let questions = 0; questions < 2; questions++) await service.ask();
    await card.getByText('Open', { exact: true }).waitFor(SOON);
    await cardOf(page, 'backup')
      .getByText(/[1-9]\d* good/)
      .waitFor(SOON);
    await page.locator('tr[data-kind="action"]', { hasText: 'drill begun' }).waitFor(SOON);
    await page.locator('.operate-lane-drill').waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'operate-drill');
    await card.getByRole('button', { name: 'End it' }).click();
    await page.locator('tr[data-kind="action"]', { hasText: 'drill ended' }).waitFor(SOON);
    await card.getByRole('button', { name: 'End it' }).waitFor({ state: 'detached', ...SOON });
    await page.waitForFunction((id) => document.activeElement?.id === id, `guard-${MODEL}`);
    await card.getByText('A drill has opened it, which is over').waitFor();
    await card.getByText(/ECONNREFUSED, in a drill\)$/).waitFor();
    await press(page, 'postgres', /^Drill/);
    await page.getByLabel('The service').getByText('refuses every connection').waitFor({ state: 'attached' });
    const offered = await page.getByLabel('The service').locator('option').evaluateAll(valuesOf);
    expect(offered).toEqual(['refuse', 'hang', 'slow', 'garbage']);
    await page.keyboard.press('Escape');
    expect(faults).toEqual([]);
    await page.context().close();
  });
});

function valuesOf(options: (HTMLElement | SVGElement)[]): string[] {
  return options.map((option) => (option as HTMLOptionElement).value);
}
