import { runCommand, RunningCommand } from '../../support/cli/running-command.ts';
import { findFreePort } from '../../support/free-port.ts';
import { ScriptedModel } from '../../support/fakes/scripted-model.ts';
import { ADMIN_TOKEN, adminOf } from '../../support/service/admin.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { startService, type AnswerBody, type Service } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const SOURCES = 'Sources\n[1] Circuit breakers  circuits\n';
const EXCERPT = 'The circuit opens after five failures within a minute.';

describe('failsoft ask', () => {
  let model: ScriptedModel;
  let service: Service;
  let asked = 0;

  beforeAll(async () => {
    model = await new ScriptedModel().start();
    // Retries and the circuit would ask the model at other times than the tests expect.
    service = await startService({
      GENERATION_TARGETS: model.url,
      RETRY_MAX_ATTEMPTS: '1',
      CIRCUIT_BREAKER_ENABLED: 'false',
      GENERATION_PATIENCE_MS: '600000',
      QUERY_DEADLINE_MS: '600000',
      GENERATION_FIRST_TOKEN_TIMEOUT_MS: '400000',
      GENERATION_IDLE_TIMEOUT_MS: '400000',
    });
    await service.ingest(handbook);
  });

  afterAll(async () => {
    await service.close();
    await model.stop();
  });

  /** Asks something new; `call` is what the model gets of it. */
  const ask = (...options: string[]) => {
    const command = new RunningCommand(['ask', '--url', service.url, ...options, circuitQuestion(asked++)]);
    return { command, call: model.call(model.calls.length) };
  };

  it('shows text as it comes, and sources with their numbers at the end', async () => {
    const { command, call } = ask('--live');
    (await call).say('After five');
    await command.shows('After five');
    (await call).say(' failures [1].');
    await command.shows('failures');
    (await call).finish();
    expect(await command.end()).toEqual({
      code: 0,
      output: `After five failures [1].\n\n${SOURCES}`,
      errors: '',
    });
  });

  it('says in a stream to a pipe that what was shown is dropped', async () => {
    const { command, call } = ask('--live');
    (await call).say('It never');
    await command.shows('It never');
    (await call).cut();
    const { code, output } = await command.end();
    expect(code).toBe(0);
    expect(output).toMatch(
      /^It never\n\n\[The text above is dropped: huggingface_api broke off \(generation_failed\)\. The answer begins again\.\]\n\n/,
    );
    expect(output.slice(output.indexOf('again.]'))).toContain(EXCERPT);
  });

  it('gives a pipe the answer alone that stands at the end, with its notice before it', async () => {
    const { command, call } = ask();
    (await call).say('It never');
    (await call).cut();
    const { code, output, errors } = await command.end();
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).not.toContain('It never');
    expect(output).not.toContain('\u001b');
    const places = ['temporarily unavailable', EXCERPT, SOURCES].map((text) => output.indexOf(text));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(-1);
  });

  it('ends the call to the model on Ctrl-C', async () => {
    const { command, call } = ask('--live');
    (await call).say('After');
    await command.shows('After');
    command.child.kill('SIGINT');
    expect(await command.end()).toEqual({ code: null, output: 'After', errors: '' });
    expect(command.child.signalCode).toBe('SIGINT');
    const { isClosed } = await call;
    expect(isClosed || (await until('the call is closed', async () => (await call).isClosed))).not.toBe(
      false,
    );
  });

  it('ends without a word when nobody reads any more', async () => {
    const { command, call } = ask('--live');
    (await call).say('After');
    await command.shows('After');
    command.child.stdout?.destroy();
    (await call).say(' five');
    (await call).finish();
    expect(await command.end()).toMatchObject({ code: 0, errors: '' });
  });

  it('takes the question from stdin and prints the response as JSON', async () => {
    const number = model.calls.length;
    const answer = runCommand(['ask', '--url', service.url, '--json', '-'], {
      input: `${circuitQuestion(asked++)}\n`,
    });
    (await model.call(number)).say('After five [1].');
    (await model.call(number)).finish();
    const { code, output } = await answer;
    const body = JSON.parse(output) as AnswerBody;
    expect(code).toBe(0);
    expect(body).toMatchObject({ answer: 'After five [1].', metadata: { from_fallback: false } });
    expect(body.sources).toHaveLength(1);
  });

  it('does not show what controls a terminal', async () => {
    const { command, call } = ask();
    (await call).say('Red \u001b[2J alert\u009b2J\u0007 [1].');
    (await call).finish();
    expect((await command.end()).output).toBe(`Red [2J alert2J [1].\n\n${SOURCES}`);
  });

  it('fails in one line when the service has nothing to answer with', async () => {
    const empty = await startService({ GENERATION_TARGETS: model.url, ADMIN_TOKEN });
    await adminOf(empty)('POST', '/huggingface_api/force-state', { state: 'open' });
    const { code, output, errors } = await runCommand(['ask', '--url', empty.url, 'Is anybody there?']);
    await empty.close();
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).toMatch(/^http:\S+ answered 503: .*\n$/);
  });

  it('names the field of a request that is refused', async () => {
    const { code, errors } = await runCommand(['ask', '--url', service.url, '-'], {
      input: 'x'.repeat(4_001),
    });
    expect(code).toBe(1);
    expect(errors).toMatch(/^http:\S+ answered 400: The request is not valid\. \(query: .*\)\n$/);
  });

  it('says that no failsoft runs at an address', async () => {
    const url = `http://127.0.0.1:${await findFreePort()}`;
    expect(await runCommand(['ask', '--url', url, 'Is anybody there?'])).toEqual({
      code: 1,
      output: '',
      errors: `No failsoft runs at ${url} (ECONNREFUSED): start one with 'failsoft serve' or 'npm start', or name one with --url\n`,
    });
  });

  it.each([
    [['ask', '--top-k', '21', 'Why?'], /--top-k <number>.*must be 1 to 20/],
    [['ask', '--filter', 'year', 'Why?'], /'year' must be key=value/],
    [['ask', '--url', '', 'Why?'], /^--url must be a URL that starts with/],
    [['status', '--url', 'none'], /^--url must be a URL that starts with/],
    [['ask', '--header', 'none', 'Why?'], /^--header must be 'Name: value'/],
    [['ask', '-'], /stdin holds no question/],
    [['ask', '--what'], /unknown option '--what'/],
    [['aks'], /unknown command 'aks'\n\(Did you mean ask\?\)/],
  ])('ends with 2 for %j', async (args, line) => {
    const { code, output, errors } = await runCommand(args);
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toMatch(line);
  });
});
