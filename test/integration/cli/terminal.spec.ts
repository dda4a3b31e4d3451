import { runOnTerminal } from '../../support/cli/running-command.ts';
import { ScriptedModel } from '../../support/fakes/scripted-model.ts';
import { describeWithTerminal } from '../../support/requirements.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { startService, type Service } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const ESCAPE = '\u001b';

describeWithTerminal('failsoft on a terminal', () => {
  let model: ScriptedModel;
  let service: Service;

  beforeAll(async () => {
    model = await new ScriptedModel().start();
    service = await startService({ GENERATION_TARGETS: model.url, RETRY_MAX_ATTEMPTS: '1' });
    await service.ingest(handbook);
  });

  afterAll(async () => {
    await service.close();
    await model.stop();
  });

  it('shows text as it comes, and takes back what is dropped', async () => {
    const command = runOnTerminal(['ask', '--url', service.url, circuitQuestion(1)], 80);
    const call = await model.call(0);
    call.say('It never');
    await command.shows('It never');
    call.cut();
    const { output } = await command.end();
    const end = output.slice(output.indexOf('It never'));
    expect(
      end.startsWith(`It never\r${ESCAPE}[J${ESCAPE}[2m(huggingface_api broke off (generation_failed))`),
    ).toBe(true);
    expect(end).toContain(`${ESCAPE}[36m[1]${ESCAPE}[39m Circuit breakers`);
  });

  it('has tables as wide as the terminal, and no colours with NO_COLOR', async () => {
    const status = ['status', '--url', service.url];
    expect((await runOnTerminal(status, 60).end()).output).toContain(`${ESCAPE}[1mGUARD${ESCAPE}[22m`);
    const { output } = await runOnTerminal(status, 60, { NO_COLOR: '1' }).end();
    expect(output).not.toContain(ESCAPE);
    const table = output.split('\r\n\r\n')[1]?.trim().split('\r\n') ?? [];
    expect(table.length).toBeGreaterThan(3);
    expect(table.filter((line) => line.length > 60)).toEqual([]);
  });

  it('draws the status again in its place', async () => {
    const command = runOnTerminal(['status', '--watch', '--url', service.url], 100);
    const drawn = () => command.output.split(`${ESCAPE}[H`).slice(1);
    await until('the status is drawn twice', () => drawn().length > 2);
    for (const screen of drawn().slice(0, 2))
      expect(screen).toMatch(new RegExp(`^failsoft at ${service.url} is .*\\[K\\r\\n`));
    expect(command.output).not.toContain(`${ESCAPE}[2J`);
    command.child.kill('SIGTERM');
    await command.end();
  });
});
