import { connect } from 'node:net';
import { ScriptedModel } from '../../support/fakes/scripted-model.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import { EventReader, namesOf, shownText, type ReadEvent } from '../../support/service/event-reader.ts';
import { scrape } from '../../support/service/scrape.ts';
import { until } from '../../support/until.ts';

const TARGET = 'huggingface_api';
const RESUME_MS = 120_000;
/** More than the buffers of two sockets take. */
const LONG_PART = 'circuits '.repeat(1_000);
const PARTS = 10;

describe('a reader of a stream', () => {
  const model = new ScriptedModel();
  let scenario: Scenario;
  let calls = 0;
  let asked = 0;

  beforeAll(async () => {
    await model.start();
    scenario = await startWithFake({ GENERATION_TARGETS: model.url });
  });

  afterAll(async () => {
    await scenario.close();
    await model.stop();
  });

  const begin = async (more = {}) => {
    const reading = EventReader.ask(scenario.service, { query: circuitQuestion(4_000 + asked++), ...more });
    const call = await model.call(calls++);
    return { call, reader: await reading };
  };
  const resume = (id: string, lastEventId?: string) =>
    EventReader.open(`${scenario.service.url}/streams/${id}`, {
      headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
    });
  const finish = (call: { say(text: string): void; finish(): void }) => {
    call.say(' five');
    call.say(' [1].');
    call.finish();
  };

  it('who leaves ends the call to the model, and no outcome is counted', async () => {
    const { call, reader } = await begin();
    call.say('After');
    await reader.until('token');
    const { totals } = await scenario.service.guard(TARGET);
    reader.leave();
    await until('the call has ended', () => call.isClosed);
    await scenario.settled();
    expect(await scenario.service.guard(TARGET)).toMatchObject({
      fail_count: 0,
      totals: { failures: totals.failures, successes: totals.successes },
    });
  });

  it('who leaves ends nothing for another reader of the same answer', async () => {
    const { call, reader } = await begin();
    call.say('After');
    const other = await EventReader.ask(scenario.service, { query: circuitQuestion(4_000 + asked - 1) });
    await other.until('token');
    reader.leave();
    finish(call);
    expect(shownText(await other.rest())).toBe(' five [1].');
    expect(calls).toBe(model.calls.length);
  });

  it('goes on exactly where the connection broke, wherever that was', async () => {
    const { call, reader } = await begin({ resumable: true });
    call.say('After');
    const first = await reader.until('token');
    reader.leave();
    finish(call);
    const all = await (await resume(reader.id)).rest();
    expect(all.slice(0, first.length)).toEqual(first);
    expect(all.map(({ id }) => id)).toEqual(all.map((_, at) => `${reader.id}.${at + 1}`));
    expect(namesOf(all)).toEqual(['sources', 'token', 'done']);
    expect(shownText(all)).toBe('After five [1].');
    for (let known = 1; known < all.length; known++) {
      const rest = await (await resume(reader.id, all[known - 1]!.id)).rest();
      expect(rest).toEqual(all.slice(known));
    }
    await expect(resume(reader.id, all.at(-1)!.id)).rejects.toThrow(/^204 $/);
    expect(calls).toBe(model.calls.length);
  });

  it('may come back while the answer is made, twice at once', async () => {
    const { call, reader } = await begin({ resumable: true, stream_policy: 'whole' });
    const [sources] = await reader.until('sources');
    reader.leave();
    const readers = await Promise.all([resume(reader.id), resume(reader.id, sources!.id)]);
    call.say('After');
    finish(call);
    const [all, rest] = await Promise.all(readers.map((one) => one.rest()));
    expect(all!.map(({ event }) => event)).toEqual(['sources', 'token', 'done']);
    expect(rest).toEqual(all!.slice(1));
  });

  it.each<[string, (id: string) => string, string]>([
    ['of another stream', () => 'abc.1', '400 .*Last-Event-ID'],
    ['that is no id', () => 'seven', '400 .*Last-Event-ID'],
    ['of an event that was not sent', (id) => `${id}.99`, '400 .*Last-Event-ID'],
  ])('is refused with a last event %s', async (_, lastEventId, refusal) => {
    const { call, reader } = await begin({ resumable: true });
    call.say('After');
    finish(call);
    await reader.rest();
    await expect(resume(reader.id, lastEventId(reader.id))).rejects.toThrow(new RegExp(refusal));
  });

  it('finds no stream that is unknown or was not resumable', async () => {
    const { call, reader } = await begin();
    await expect(resume(reader.id)).rejects.toThrow(/^404/);
    expect(await scrape(scenario.service)).toMatchObject({ failsoft_open_streams: 1 });
    finish(call);
    await reader.rest();
    expect(await scrape(scenario.service)).toMatchObject({ failsoft_open_streams: 0 });
    for (const id of [reader.id, 'unknown', '00000000-0000-4000-8000-000000000000']) {
      await expect(resume(id)).rejects.toThrow(/^404/);
      expect((await scenario.service.request('DELETE', `/streams/${id}`)).status).toBe(404);
    }
  });

  it('who comes back too late gets the end from the cache', async () => {
    const { call, reader } = await begin({ resumable: true });
    call.say('After');
    finish(call);
    const events = await reader.rest();
    await scenario.clock.advance(RESUME_MS + 1);
    const late = await (await resume(reader.id, `${reader.id}.1`)).rest();
    expect(late).toMatchObject([
      { id: `${reader.id}.2`, event: 'done', data: { answer: 'After five [1].' } },
    ]);
    expect(late[0]!.data['sources']).toEqual(events.at(-1)!.data['sources']);
  });

  it('finds no stream that shows a document deleted since, whether it has ended or not', async () => {
    const ended = await begin({ resumable: true });
    ended.call.say('After');
    finish(ended.call);
    await ended.reader.rest();
    const running = await begin({ resumable: true });
    running.call.say('After');
    await running.reader.until('token');
    await scenario.service.request('DELETE', '/documents/circuits');
    await expect(resume(ended.reader.id)).rejects.toThrow(/^404/);
    await expect(resume(running.reader.id)).rejects.toThrow(/^404/);
    finish(running.call);
    expect((await running.reader.rest()).at(-1)).toMatchObject({ event: 'done' });
    await scenario.service.ingest(handbook);
    for (const { reader } of [ended, running]) await expect(resume(reader.id)).rejects.toThrow(/^404/);
  });

  it('who left does not keep the text of a deleted document in memory', async () => {
    const { call, reader } = await begin({ resumable: true });
    call.say('After');
    await reader.until('token');
    reader.leave();
    await scenario.service.request('DELETE', '/documents/circuits');
    for (let second = 0; second < 21; second++) {
      call.say('.');
      await scenario.clock.advance(1_000);
      await scenario.service.request('GET', '/health/live');
    }
    await until('the call has ended', () => call.isClosed);
    expect((await scenario.service.request('DELETE', `/streams/${reader.id}`)).status).toBe(404);
    await scenario.service.ingest(handbook);
  });

  it.each([false, true])('is told when the stream is stopped, resumable: %s', async (resumable) => {
    const { call, reader } = await begin({ resumable });
    call.say('After');
    await reader.until('token');
    expect((await scenario.service.request('DELETE', `/streams/${reader.id}`)).status).toBe(204);
    const events = await reader.rest();
    expect(events).toMatchObject([{ event: 'error', data: { error: 'stopped' } }]);
    await until('the call has ended', () => call.isClosed);
    await expect(resume(reader.id)).rejects.toThrow(/^404/);
  });

  it('is sent comments while nothing happens', async () => {
    const { call, reader } = await begin({ stream_policy: 'whole' });
    await reader.until('sources');
    const next = reader.next();
    for (let second = 0; second < 12; second += 1) {
      await scenario.clock.advance(900);
      call.say('.');
      await scenario.service.request('GET', '/health/live');
    }
    call.finish();
    expect((await next)?.event).toBe('token');
    expect(reader.comments).toBe(2);
    await reader.rest();
  });

  it('who does not read costs nobody else anything', async () => {
    const { port } = new URL(scenario.service.url);
    const body = JSON.stringify({ query: circuitQuestion(4_000 + asked++) });
    const slow = connect(Number(port), '127.0.0.1');
    slow.write(
      `POST /query HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    slow.pause();
    const call = await model.call(calls++);
    for (let part = 0; part < PARTS; part++) call.say(LONG_PART);
    call.finish();
    // The answer is complete and in the cache, whoever reads it.
    await until('the answer is in the cache', async () => {
      const { body: cached } = await scenario.service.query(circuitQuestion(4_000 + asked - 1));
      return cached.metadata.from_cache;
    });
    expect(slow.bytesRead).toBe(0);
    slow.destroy();
    await scenario.settled();
  });

  it('is one of two hundred at once', async () => {
    const count = 200;
    const readers = Array.from({ length: count }, (_, at) =>
      EventReader.ask(scenario.service, { query: circuitQuestion(10_000 + (at % 50)) }),
    );
    for (let at = 0; at < 50; at++) {
      const call = await model.call(calls++);
      call.say('After five [1].');
      call.finish();
    }
    const all: ReadEvent[][] = await Promise.all(readers.map(async (reader) => (await reader).rest()));
    for (const events of all) {
      expect(namesOf(events)).toEqual(['sources', 'token', 'done']);
      expect(shownText(events)).toBe('After five [1].');
    }
    expect(model.calls.length).toBe(calls);
  });
});

describe('a shutdown', () => {
  it.each([
    ['lets a stream finish', true, { event: 'done', data: { answer: 'After five [1].' } }],
    ['ends a stream that goes on with an error', false, { event: 'error', data: { error: 'overloaded' } }],
  ])('%s', async (_, isFinished, end) => {
    const model = await new ScriptedModel().start();
    const scenario = await startWithFake({
      GENERATION_TARGETS: model.url,
      GENERATION_IDLE_TIMEOUT_MS: '15000',
    });
    const reading = EventReader.ask(scenario.service, { query: circuitQuestion(1) });
    const call = await model.call(0);
    call.say('After');
    const reader = await reading;
    await reader.until('token');
    const closing = scenario.service.close();
    if (isFinished) {
      call.say(' five [1].');
      call.finish();
    } else {
      await until('the limit runs', () => scenario.clock.isDueIn(10_000));
      await scenario.clock.advance(10_000);
    }
    const events = await reader.rest();
    expect(events.at(-1)).toMatchObject(end);
    await closing;
    await Promise.all([model.stop(), scenario.fake.stop()]);
    expect(scenario.clock.pendingTimers).toBe(0);
  });
});
