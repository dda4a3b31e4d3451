import { Database } from '../../../src/postgres/connection/database.ts';
import { copyDataTemplate } from '../../support/postgres/data-template.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { startService } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const FAILURES = 5;
/** Nothing listens there. */
const REFUSED = 'http://127.0.0.1:4/v1?model=m&name=model';

describe('an embedded database whose service is restarted on another port', () => {
  it('restores its open circuits, and unregisters the process that was killed', async () => {
    await using stack = new AsyncDisposableStack();
    const folder = await makeTemporaryFolder();
    stack.defer(folder.remove);
    await copyDataTemplate(folder.path);
    const start = (port: number) =>
      startService({
        DATA_DIR: folder.path,
        PORT: String(port),
        GENERATION_TARGETS: REFUSED,
        CIRCUIT_BREAKER_TIMEOUT_SECONDS: '300',
        RETRY_MAX_ATTEMPTS: '1',
      });

    const before = await start(3_000);
    await before.ingest(handbook);
    const database = before.app.get(Database);
    for (let failure = 0; failure < FAILURES; failure++) await before.query(circuitQuestion(failure));
    const { state, retry_after: leftBefore } = await before.guard('model');
    expect(state).toBe('open');
    await until(
      'the open circuit is stored',
      async () => (await database.query('SELECT FROM open_circuits')).length === 1,
    );
    // Such a row is left by a process that is killed. A process that stops deletes its own row.
    let killed: { process: string } | undefined;
    await until('the process is registered', async () => {
      [killed] = await database.query<{ process: string }>(
        `INSERT INTO embedding_registrations (process, instance, model, registered_at)
         SELECT gen_random_uuid(), instance, model, registered_at FROM embedding_registrations RETURNING process`,
      );
      return killed !== undefined;
    });
    await before.close();

    const after = await start(3_001);
    stack.defer(() => after.close());
    const { state: stateAfter, retry_after: left } = await after.guard('model');
    expect(stateAfter).toBe('open');
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(Number(leftBefore));
    const registration = 'SELECT FROM embedding_registrations WHERE process = $1';
    await until(
      'the process that was killed is forgotten',
      async () => (await after.app.get(Database).query(registration, [killed?.process])).length === 0,
    );
  });
});
