import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { copyDataTemplate } from '../../support/postgres/data-template.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { ServiceProcess } from '../../support/service/service-process.ts';
import { until } from '../../support/until.ts';

const CLIENTS = 40;

/** A response as a client on a connection that it keeps has got it. */
interface Kept {
  status: number | undefined;
  isLast: boolean;
  error: unknown;
}

function send(url: string, agent: Agent, body: string | undefined): Promise<Kept> {
  const method = body === undefined ? 'GET' : 'POST';
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, headers }, (response) => {
      const isLast = response.headers.connection === 'close';
      text(response).then((json) => {
        const { error } = JSON.parse(json) as { error: unknown };
        resolve({ status: response.statusCode, isLast, error });
      }, reject);
    });
    sent.on('error', reject).end(body);
  });
}

describe('a process that is stopped while many clients keep their connections', () => {
  it('answers every request, and tells every client to go elsewhere, before it ends', async () => {
    const folder = await makeTemporaryFolder();
    await copyDataTemplate(folder.path);
    const service = await ServiceProcess.start({ DATA_DIR: folder.path });
    await service.request('POST', '/documents', { documents: handbook });
    const answers: Kept[] = [];
    const failures: unknown[] = [];
    let ready = 0;
    const askOn = async (client: number) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const asks = client % 4 === 0;
      for (let asked = 0, isLast = false; !isLast; asked++) {
        const query = JSON.stringify({ query: circuitQuestion(client * 1_000 + asked) });
        const path = asks ? '/query' : '/health/live';
        const answer = await send(service.url + path, agent, asks ? query : undefined);
        if (asked === 0) ready++;
        answers.push(answer);
        ({ isLast } = answer);
      }
      agent.destroy();
    };
    const clients = Array.from({ length: CLIENTS }, (_, client) =>
      askOn(client).catch((error: unknown) => failures.push(error)),
    );
    await until('every client has been answered', () => ready === CLIENTS);
    expect(await service.stop()).toBe(0);
    await Promise.all(clients);
    expect(failures).toEqual([]);
    expect(answers.filter(({ isLast }) => isLast)).toHaveLength(CLIENTS);
    const unusual = answers.filter(({ status, error }) => status !== 200 && error === undefined);
    expect(unusual).toEqual([]);
    await folder.remove();
  });
});
