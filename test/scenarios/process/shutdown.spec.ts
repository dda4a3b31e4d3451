import { jest } from '@jest/globals';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { NestApplicationContext } from '@nestjs/core';
import { AnsweredQuestionsRepository } from '../../../src/postgres/records/answered-questions.repository.ts';
import { copyDataTemplate } from '../../support/postgres/data-template.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { modelUrl } from '../../support/scenarios/scenario.ts';
import { ServiceProcess } from '../../support/service/service-process.ts';
import { startService } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

describe('a service that is stopped', () => {
  it('stops being ready, answers the questions under way, and leaves no connection open', async () => {
    const fake = await new FakeHuggingFace().start();
    const service = await startService({ GENERATION_TARGETS: modelUrl(fake) });
    await service.ingest(handbook);
    const { port } = new URL(service.url);
    const idle = connect(Number(port), '127.0.0.1');
    await once(idle, 'connect');
    const answered: string[] = [];
    fake.fail('chat', { kind: 'slow_drip', everyMs: 60 }, { times: 1 });
    const begun = service.query(circuitQuestion(1)).then((reply) => {
      answered.push('begun');
      return reply;
    });
    await fake.received('chat', 1);

    const disconnected = once(idle, 'close');
    const ended = end(service.app).then(() => answered.push('ended'));
    await until(
      'it is not ready',
      async () => (await service.request('GET', '/health/ready')).status === 503,
    );
    const late = await service.query(circuitQuestion(2));
    expect(late.status).toBe(200);
    const { status, body } = await begun;
    expect(status).toBe(200);
    expect(body.metadata).toMatchObject({ from_fallback: false, target: 'huggingface_api' });
    await ended;
    await disconnected;
    expect(answered).toEqual(['begun', 'ended']);
    await expect(fetch(`${service.url}/health/live`)).rejects.toThrow('fetch failed');
    await fake.allClosed();
    await service.close();
    await fake.stop();
  });

  it('logs every request before it exits', async () => {
    const folder = await makeTemporaryFolder();
    const service = await ServiceProcess.start({ DATA_DIR: folder.path });
    const ended = service.stop();
    const answered: string[] = [];
    const ask = async () => {
      const id = String(answered.length + 1);
      await service.request('GET', '/health/live', undefined, { 'x-request-id': id });
      answered.push(id);
    };
    while (await succeeds(ask()));
    expect(await ended).toBe(0);
    const logged = service.logs.filter(({ event }) => event === 'request');
    expect(answered.length).toBeGreaterThan(0);
    expect(logged.map((line) => line.request_id)).toEqual(expect.arrayContaining(answered));
    await folder.remove();
  });

  it('ends although new questions arrive without a pause', async () => {
    const fake = await new FakeHuggingFace().start();
    const folder = await makeTemporaryFolder();
    await copyDataTemplate(folder.path);
    const service = await ServiceProcess.start({ GENERATION_TARGETS: modelUrl(fake), DATA_DIR: folder.path });
    await service.request('POST', '/documents', { documents: handbook });
    const phase: { name: 'serving' | 'stopping' | 'ended' } = { name: 'serving' };
    let asked = 0;
    const answers = { serving: 0, stopping: 0, ended: 0 };
    const askOn = async () => {
      while (phase.name !== 'ended') {
        const question = { query: circuitQuestion(asked++) };
        if (await succeeds(service.request('POST', '/query', question))) answers[phase.name]++;
        else await setTimeout(PAUSE_MS);
      }
    };
    const clients = Array.from({ length: 8 }, askOn);
    await until('every client has been answered', () => answers.serving >= clients.length);
    phase.name = 'stopping';
    try {
      expect(await service.stop()).toBe(0);
    } finally {
      phase.name = 'ended';
      await service.kill();
    }
    await Promise.all(clients);
    expect(answers.stopping).toBeGreaterThan(0);
    await fake.stop();
    await folder.remove();
  });

  it('ends every connection with a documented response, whether it was stopped before or after the request', async () => {
    const fake = await new FakeHuggingFace().start();
    const service = await startService({ GENERATION_TARGETS: modelUrl(fake) });
    await service.ingest(handbook);
    const early = await connectTo(service.url);
    const begun = await connectTo(service.url);
    const draining = await connectTo(service.url);
    const unknown = await connectTo(service.url);
    const late = await connectTo(service.url);
    expect(await exchange(early, get('/health/live'))).toContain('HTTP/1.1 200 OK');
    fake.fail('chat', { kind: 'stall' }, { times: 1 });
    begun.write(post('/query', { query: circuitQuestion(1) }));
    await fake.received('chat', 1);

    const ended = end(service.app);
    const notReady = await exchange(early, get('/health/ready'));
    expect(notReady).toContain('HTTP/1.1 503');
    expect(notReady).toContain('"status":"shutting_down"');
    expect(notReady).toMatch(CLOSING);
    const inTime = await exchange(draining, post('/query', { query: circuitQuestion(2) }));
    expect(inTime).toContain('HTTP/1.1 200 OK');
    expect(inTime).toMatch(CLOSING);
    expect(await exchange(unknown, get('/%ff'))).toMatch(CLOSING);

    await until('no connection is taken', async () => !(await succeeds(connectTo(service.url))));
    const afterwards = await exchange(late, post('/query', { query: circuitQuestion(3) }));
    expect(afterwards).toContain('HTTP/1.1 200 OK');
    expect(afterwards).toContain('"from_fallback":false');
    expect(afterwards).toMatch(CLOSING);
    await fake.stop();
    const atLast = await text(begun);
    expect(atLast).toContain('HTTP/1.1 200 OK');
    expect(atLast).toContain('"from_fallback":true');
    expect(atLast).toMatch(CLOSING);
    await ended;
    await service.close();
  });

  it('waits for a request that does not arrive no longer than a question may take', async () => {
    const clock = new FakeClock();
    const service = await startService({ QUERY_DEADLINE_MS: '10000' }, clock);
    const trickling = await connectTo(service.url);
    const begun = once(service.app.getHttpServer(), 'request');
    trickling.write(post('/documents', { documents: handbook }).slice(0, -1));
    await begun;
    const ended = end(service.app);
    await until('no connection is taken', async () => !(await succeeds(connectTo(service.url))));
    await clock.advance(9_999);
    expect(trickling.closed).toBe(false);
    const disconnected = once(trickling, 'close');
    await clock.advance(1);
    await disconnected;
    await ended;
    expect(clock.pendingTimers).toBe(0);
    await service.close();
  });

  it('accepts no connection while answers are being stored, for which it waits three seconds', async () => {
    const fake = await new FakeHuggingFace().start();
    const clock = new FakeClock();
    const service = await startService({ GENERATION_TARGETS: modelUrl(fake) }, clock);
    await service.ingest(handbook);
    const { promise: saved, resolve: save } = Promise.withResolvers<void>();
    const saving = jest.spyOn(service.app.get(AnsweredQuestionsRepository), 'save').mockReturnValue(saved);
    await service.query(circuitQuestion(1));
    await until('the answer is being kept', () => saving.mock.calls.length === 1);

    const ended = end(service.app).then(() => 'ended');
    await until('no connection is taken', async () => !(await succeeds(connectTo(service.url))));
    await until('the service waits', () => clock.isDueIn(3_000));
    await clock.advance(2_999);
    expect(clock.isDueIn(1)).toBe(true);
    expect(await Promise.race([ended, Promise.resolve('waits')])).toBe('waits');
    await clock.advance(1);
    expect(await ended).toBe('ended');
    save();
    await fake.stop();
    await service.close();
  });
});

const CLOSING = /\r\nconnection: close\r\n/i;
/** Between two tries of a client that is refused. */
const PAUSE_MS = 5;

/** As SIGTERM does it. */
async function end(app: unknown): Promise<void> {
  if (!(app instanceof NestApplicationContext)) throw new Error('no application');
  await app.close('SIGTERM');
}

async function connectTo(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
}

function post(path: string, body: object): string {
  const json = JSON.stringify(body);
  const headers = `Host: localhost\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}`;
  return `POST ${path} HTTP/1.1\r\n${headers}\r\n\r\n${json}`;
}

/** Sends a request on a connection, and gives what comes back in one piece. */
async function exchange(socket: Socket, request: string): Promise<string> {
  socket.write(request);
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString();
}

function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
