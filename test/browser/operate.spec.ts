import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createServer } from 'node:net';
import { DatabaseRelay } from '../support/postgres/database-relay.ts';
import { describeWithChromium } from '../support/requirements.ts';
import { findAccessibilityFaults, openPage, takePicture } from '../support/browser/browser.ts';
import {
  ADMIN_TOKEN,
  cardOf,
  MODEL,
  readOrder,
  startOperateService,
  type OperateService,
} from '../support/browser/operate-service.ts';
import { until } from '../support/until.ts';

/** A change is to be seen within a second or two; on a busy machine it may take somewhat longer. */
const SOON = { timeout: 30_000 };
/** Building, starting and opening take their time where others work, too. */
const START_LIMIT_MS = 240_000;

describeWithChromium('The page “Operate”', () => {
  let service: OperateService;

  beforeAll(async () => {
    service = await startOperateService({
      CIRCUIT_BREAKER_TIMEOUT_SECONDS: '2',
      CIRCUIT_BREAKER_SUCCESS_THRESHOLD: '1',
      PROBE_INTERVAL_SECONDS: '1',
    });
  }, START_LIMIT_MS);
  afterAll(async () => service?.[Symbol.asyncDispose]());

  test('shows every guard without a key, and says what needs one', async () => {
    const { page, faults } = await service.open({ isKeyed: false });
    expect(await readOrder(page)).toEqual([MODEL, 'backup', 'embedding_api', 'embedding_ingest', 'postgres']);
    const card = cardOf(page, MODEL);
    await card.getByText('Closed', { exact: true }).waitFor();
    await card.getByText('Writes answers').waitFor();
    await page.getByText('is shown to those with the admin key').waitFor();
    await page.getByText('Live: at most a second old').waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Give the key…' }).click();
    await page.getByRole('dialog').getByLabel('Key', { exact: true }).fill(ADMIN_TOKEN);
    await page.keyboard.press('Enter');
    await page.getByRole('group', { name: 'Time shown' }).waitFor();
    await page.waitForFunction(() => document.activeElement?.id === 'operate');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('shows an outage within seconds, worst first, on cards and timeline, and its end', async () => {
    const { page, faults } = await service.open();
    await service.ask();
    await service.backup.stop();
    await cardOf(page, 'backup').getByText('Open', { exact: true }).waitFor(SOON);
    await page.waitForFunction(
      () => document.querySelector('.operate-card')?.getAttribute('data-guard') === 'backup',
    );
    await cardOf(page, 'backup')
      .getByText(/Next trial in \d+ s|The next call is a trial/)
      .waitFor();
    await cardOf(page, 'backup')
      .getByText(/ECONNREFUSED/)
      .waitFor();
    const opened = page.locator('tr[data-kind="state_change"]', { hasText: 'closed → open' });
    await opened.filter({ hasText: 'backup' }).first().waitFor(SOON);
    await page.getByText('by a model').waitFor();
    await page.locator('.operate-lane .operate-fill-bad').first().waitFor();
    await page.getByText('generation is degraded').waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'operate-outage');
    await service.backup.start();
    await cardOf(page, 'backup').getByText('Closed', { exact: true }).waitFor(SOON);
    await page.locator('tr', { hasText: 'half-open → closed' }).first().waitFor(SOON);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('calls nothing live before anything was read', async () => {
    const { page, faults } = await openPage(service.browser, `${service.url}#/documents`);
    await page.route('**/health/circuit-breaker', () => undefined);
    await page.evaluate(() => (location.hash = '#/operate'));
    const connection = page.locator('.operate-live, .operate-lost');
    await connection.waitFor();
    expect(await connection.textContent()).toMatch(/Waiting for the service$|Nothing could be read yet/);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('says that the connection is lost and how old everything is, and goes on by itself', async () => {
    const relay = await DatabaseRelay.prepare(service.url);
    await relay.start();
    const { page, faults } = await openPage(service.browser, `${relay.url}#/operate`);
    await page.getByText('Live: at most a second old').waitFor();
    await relay.stop();
    await page.getByText('Connection lost.').waitFor(SOON);
    await page.getByText(/What you see is \d+ s old/).waitFor();
    await page.getByRole('status').getByText('The connection to the service is lost.').waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'operate-lost');
    await relay.start();
    await page.getByText('Live: at most a second old').waitFor(SOON);
    // A service that takes calls and does not answer is lost, too.
    await relay.stop();
    const deaf = createServer(() => undefined).listen(Number(new URL(relay.url).port), '127.0.0.1');
    await page.getByText('Connection lost.').waitFor(SOON);
    expect(faults).toEqual([]);
    await page.context().close();
    deaf.close();
  });

  test('lists the events of a span that is dragged, moved by keys or typed', async () => {
    const { page, faults } = await service.open();
    await service.ask();
    await page.getByText('by a model').waitFor();
    const plot = page.getByRole('group', { name: 'Answers and states over time' });
    const chart = await page.locator('.u-over').boundingBox();
    if (!chart) throw new Error('there is no chart');
    const drag = async (from: number, to: number) => {
      await page.mouse.move(chart.x + chart.width * from, chart.y + 20);
      await page.mouse.down();
      await page.mouse.move(chart.x + chart.width * to, chart.y + 40, { steps: 4 });
      await page.mouse.up();
    };
    await plot.scrollIntoViewIfNeeded();
    Object.assign(chart, await page.locator('.u-over').boundingBox());
    await drag(0.1, 0.3);
    await page.getByText('In the selected span').waitFor();
    await page.getByText('No question was answered.').waitFor();
    await drag(0.6, 0.99);
    await page.getByText('by a model').waitFor();
    await takePicture(page, 'operate-span');
    await plot.focus();
    await page.keyboard.press('Escape');
    await page.getByText('In this time').waitFor();
    await page.keyboard.press('ArrowLeft');
    await page.getByText('In the selected span').waitFor();
    for (let press = 0; press < 12; press++) await page.keyboard.press('ArrowLeft');
    await page.getByText('No question was answered.').waitFor();
    await page.keyboard.press('Escape');
    const from = page.getByRole('group', { name: 'Selected span' }).getByLabel('From');
    await from.fill('2020-01-01T00:00:00');
    await page.getByText('In the selected span').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByRole('button', { name: '1 h', exact: true }).click();
    await page.getByText('by a model').waitFor();
    await page.getByRole('button', { name: 'Custom' }).click();
    await page.getByRole('group', { name: 'Time shown' }).getByLabel('To').waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('opens the card that the address names', async () => {
    const { page, faults } = await service.open({ rest: '/postgres' });
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-guard') === 'postgres');
    await page.getByRole('link', { name: 'backup' }).first().click();
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-guard') === 'backup');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('tells how drills are switched on', async () => {
    const { page, faults } = await service.open();
    await cardOf(page, 'backup')
      .getByRole('button', { name: /^Drill/ })
      .click();
    const dialog = page.getByRole('dialog', { name: 'Rehearse an outage of backup' });
    await dialog.getByText('Set DRILLS_ENABLED=true and start the service again.').waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test.each([
    ['operate-narrow', { viewport: { width: 320, height: 640 } }],
    ['operate-dark', { colorScheme: 'dark' }],
    ['operate-dark-narrow', { colorScheme: 'dark', viewport: { width: 320, height: 640 } }],
  ] as const)('is whole as %s', async (name, options) => {
    const { page, faults } = await service.open(options);
    await page.locator('.u-over').waitFor();
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await until('nothing is wider than the window', async () => (await overflow()) <= 0);
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, name);
    expect(faults).toEqual([]);
    await page.context().close();
  });
});
