import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  answered,
  ask,
  askAndAnswer,
  askModel,
  AskSetting,
  START_LIMIT_MS,
} from '../support/browser/ask-setting.ts';
import { findAccessibilityFaults, openPage, takePicture } from '../support/browser/browser.ts';
import { DatabaseRelay } from '../support/postgres/database-relay.ts';
import { describeWithChromium } from '../support/requirements.ts';
import { until } from '../support/until.ts';

describeWithChromium('The page “Ask” in an outage', () => {
  let setting: AskSetting;

  beforeAll(async () => {
    // How long the answers of those who have left are kept.
    setting = await AskSetting.start({ STREAM_RESUME_SECONDS: '5', DRILLS_ENABLED: 'true' });
  }, START_LIMIT_MS);
  afterAll(() => setting?.stop());
  beforeEach(() => setting.recover());

  test('lets the text of a model that breaks off fade, says why, and begins again with the next one', async () => {
    const { page, faults } = await setting.open();
    const call = await askModel(page, 'When does a fuse melt?', setting.model);
    call.say('Fuses are made of');
    await page.getByText('Fuses are made of').waitFor();
    const next = setting.backup.calls.length;
    call.cut();
    await page.locator('.ask-lost', { hasText: 'Fuses are made of' }).waitFor();
    await page
      .getByText('The answer broke off because the language model failed. It begins again.')
      .waitFor();
    await takePicture(page, 'ask-begins-again');
    const other = await setting.backup.call(next);
    other.say('A fuse melts when it is hot [1].');
    await page.getByText('A fuse melts when it is hot').waitFor();
    other.finish();
    await answered(page);
    await page.locator('.ask-lost').waitFor({ state: 'detached' });
    expect(await page.locator('.ask-answer').innerText()).not.toContain('Fuses are made of');
    expect(await page.locator('.ask-notice').innerText()).toMatch(
      /Shown because the first language model failed/,
    );
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'ask-other-model');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('says what a degraded answer is, and brings the answer that was asked for later', async () => {
    const { page, faults } = await setting.open();
    await askAndAnswer(page, 'Why does a cable become warm?', setting.model, 'By a large current [1].');
    await setting.model.stop();
    await setting.backup.stop();
    await ask(page, 'What does a relay switch?');
    await page.getByText('Excerpts from the documents, not an answer').waitFor();
    await page.getByText(/is tried again (in \d+ seconds?|with the next question)/).waitFor();
    expect(await page.locator('.ask-notice').innerText()).toContain(
      'Shown because the language model failed',
    );
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'ask-excerpts');
    await page.getByRole('button', { name: 'Answer me when it works' }).click();
    await page.locator('p.ask-waiting', { hasText: 'Its answer will appear here' }).waitFor();
    await takePicture(page, 'ask-waiting');

    const { length } = setting.backup.calls;
    await setting.backup.start();
    const call = await setting.backup.call(length);
    await page.reload();
    await page.locator('p.ask-waiting', { hasText: 'Its answer will appear here' }).waitFor();
    call.say('A relay switches a large current [1].');
    call.finish();
    await page.getByText('This is the answer that you asked to have later.').waitFor();
    await page.locator('.ask-notice', { hasText: 'the first language model failed' }).waitFor();
    expect(await page.getByRole('log').innerText()).toContain('A relay switches a large current');
    expect(await page.getByRole('status').innerText()).toContain('has arrived');
    expect(await page.locator('.ask-turn').count()).toBe(2);
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'ask-arrived');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('gives a stored answer with its age', async () => {
    const { page, faults } = await setting.open();
    await askAndAnswer(page, 'Which fuse melts first?', setting.model, 'The thinnest [1].');
    await setting.model.stop();
    await setting.backup.stop();
    await page.getByRole('button', { name: 'Ask again' }).click();
    await page.getByText('A stored answer to this question').waitFor();
    await page.getByText('Made less than a minute ago.').waitFor();
    await takePicture(page, 'ask-stored');
    expect(await findAccessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('goes on with the same answer after a reload', async () => {
    const { page, faults } = await setting.open();
    await askAndAnswer(page, 'How warm is a cable?', setting.model, 'Quite warm [1].');
    const call = await askModel(page, 'How warm is a fuse?', setting.model);
    call.say('Warmer than ');
    await page.getByText('Warmer than').waitFor();
    await page.getByLabel('Your question').fill('half a question');
    await page.reload();
    await page.getByText('Warmer than').waitFor();
    expect(await page.getByLabel('Your question').inputValue()).toBe('half a question');
    const text = page.locator('.ask-turn:last-child .markdown');
    call.say('a cable [1].\n\nMuch');
    await text.locator('p', { hasText: 'Much' }).waitFor();
    expect(await text.innerText()).toMatch(/^Warmer than a cable\s*1\.\s+Much$/);
    await page.reload();
    call.say(' warmer.');
    await text.locator('p', { hasText: ' warmer.' }).waitFor();
    expect(await text.innerText()).toMatch(/^Warmer than a cable\s*1\.\s+Much warmer\.$/);
    call.finish();
    await answered(page);
    expect(await page.locator('.ask-turn').count()).toBe(2);
    expect(await text.innerText()).toMatch(/^Warmer than a cable\s*1\.\s+Much warmer\.$/);
    await page.reload();
    await answered(page);
    expect(await page.getByRole('log').innerText()).toBe('');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('goes on with the same answer after the connection was lost', async () => {
    const relay = await DatabaseRelay.prepare(setting.service.url);
    await relay.start();
    const { page, faults } = await openPage(setting.browser, relay.url);
    const call = await askModel(page, 'Does a thick cable melt?', setting.model);
    call.say('It does not');
    await page.getByText('It does not').waitFor();
    await relay.stop();
    await page.getByText('The connection is lost. Reconnecting …').waitFor();
    const status = page.getByRole('status');
    expect(await status.innerText()).toContain('The connection is lost. Reconnecting.');
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'ask-connection-lost');
    call.say(' as easily [1].');
    call.finish();
    await relay.start();
    await answered(page);
    expect(await status.innerText()).toContain('Answered.');
    expect(await page.locator('.ask-answer > .markdown').innerText()).toMatch(
      /^It does not as easily\s*1\.$/,
    );
    await relay.stop();
    await ask(page, 'Which thin cable melts the soonest?');
    await page.getByText('The service cannot be reached.').waitFor();
    expect(await page.getByText('the question was asked again').count()).toBe(0);
    expect(await status.innerText()).toContain('There is no answer.');
    await takePicture(page, 'ask-unreachable');
    await relay.start();
    const { length } = setting.model.calls;
    await page.getByRole('button', { name: 'Try again' }).click();
    const again = await setting.model.call(length);
    again.say('Sooner.');
    again.finish();
    await page.getByText('Sooner.').first().waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
    await relay.stop();
  });

  test('asks again once, when the connection was lost before the answer began', async () => {
    const relay = await DatabaseRelay.prepare(setting.service.url);
    await relay.start();
    const { page, faults } = await openPage(setting.browser, relay.url);
    const { length } = setting.model.calls;
    relay.isHeld = true;
    relay.cut();
    await ask(page, 'Does a cable of copper melt?');
    await page.getByText('Searching …').waitFor();
    relay.isHeld = false;
    relay.cut();
    const call = await setting.model.call(length);
    await page.getByText('The connection was lost, so the question was asked again.').waitFor();
    call.say('Not as easily [1].');
    call.finish();
    await answered(page);
    expect(setting.model.calls).toHaveLength(length + 1);
    await page.reload();
    await answered(page);
    expect(setting.model.calls).toHaveLength(length + 1);
    expect(faults).toEqual([]);
    await page.context().close();
    await relay.stop();
  });

  test('waits for no server that says nothing', async () => {
    const relay = await DatabaseRelay.prepare(setting.service.url);
    await relay.start();
    const { page, faults } = await openPage(setting.browser, relay.url);
    await page.clock.install();
    const call = await askModel(page, 'Does a silver cable melt?', setting.model);
    call.say('Hardly');
    await page.getByText('Hardly').waitFor();
    relay.isHeld = true;
    const resumed = page.waitForRequest('**/streams/*');
    relay.cut();
    await page.getByText('The connection is lost. Reconnecting …').waitFor();
    await resumed;
    relay.isHeld = false;
    await page.clock.fastForward(16_000);
    call.say(' ever [1].');
    call.finish();
    await answered(page);
    relay.isHeld = true;
    relay.cut();
    await ask(page, 'Does a golden cable melt?');
    for (const text of ['Searching …', 'so the question was asked again']) {
      await page.getByText(text).waitFor();
      await page.clock.fastForward(61_000);
    }
    await page.getByText('The service did not answer in time.').waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
    await relay.stop();
  });

  test('says calmly that there is no answer at all, and brings it when there is one', async () => {
    const { page, faults } = await setting.open();
    await page.clock.install();
    for (const guard of ['huggingface_api', 'backup'])
      await setting.post(`/admin/circuit-breakers/${guard}/force-state`, { state: 'open', ttl_seconds: 600 });
    await ask(page, 'Who has seen unicorns?');
    await page.getByText('No answer right now').waitFor();
    await page.getByText(/The language model is switched off by an operator until/).waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'ask-no-answer');
    await page.getByRole('button', { name: 'Try again' }).press('Enter');
    await page.waitForFunction(() => document.activeElement?.matches('.ask-answer'));
    await page.getByRole('button', { name: 'Answer me when it works' }).press('Enter');
    await page.locator('p.ask-waiting', { hasText: 'Its answer will appear here' }).waitFor();
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    await page.waitForFunction(() => document.activeElement?.matches('.ask-answer'));
    await takePicture(page, 'ask-no-answer-waiting');
    await setting.recover();
    // The page asks for the answer as seldom as the service says, here once a minute.
    await page.clock.fastForward(61_000);
    await page.getByText('This is the answer that you asked to have later.').waitFor();
    expect(await page.getByText('No answer right now').count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('ask-answer');
    expect(await page.locator('.ask-turn').count()).toBe(1);
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, 'ask-no-answer-arrived');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('asks again when the answer is gone, and says so', async () => {
    const { page, faults } = await setting.open();
    const call = await askModel(page, 'Which cable is thick?', setting.model);
    call.say('The grey');
    await page.getByText('The grey').waitFor();
    const { length } = setting.model.calls;
    await page.goto('about:blank');
    await until('the service has let the answer go', () => call.isClosed);
    await page.goBack();
    await page.getByText('The connection was lost, so the question was asked again.').waitFor();
    await takePicture(page, 'ask-gone');
    const again = await setting.model.call(length);
    again.say('The black one.');
    again.finish();
    await answered(page);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('says that an outage is rehearsed', async () => {
    const { page, faults } = await setting.open();
    for (const guard of ['huggingface_api', 'backup'])
      await setting.post('/admin/drills', { guard, fault: 'status_503', ttl_seconds: 600 });
    await ask(page, 'What does a thin relay switch?');
    await page
      .getByText(/This is a rehearsal: an operator simulates an outage of .*huggingface_api/)
      .waitFor();
    expect(await page.locator('.ask-notice').evaluate(readGaps)).not.toContain(0);
    await takePicture(page, 'ask-rehearsal');
    await page.setViewportSize({ width: 320, height: 700 });
    await page.locator('.ask-notice').scrollIntoViewIfNeeded();
    await takePicture(page, 'ask-rehearsal-narrow');
    expect(await findAccessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  });
});

/** The pixels between the buttons of a notice and what follows them. */
function readGaps(notice: Element): number[] {
  return [...notice.querySelectorAll('.row + *')].map((next) => {
    return next.getBoundingClientRect().top - next.previousElementSibling!.getBoundingClientRect().bottom;
  });
}
