import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { RedisPeerChannel } from '../../../../src/cache/redis/redis-peer-channel.ts';
import type { PeerMessage, PeerReport } from '../../../../src/resilience/sharing/peer-message.ts';
import { FakeClock } from '../../../support/fakes/fake-clock.ts';
import { RedisServer } from '../../../support/redis/redis-server.ts';
import { describeWithRedis } from '../../../support/requirements.ts';
import { until } from '../../../support/until.ts';

const RETRY_MS = 10_000;

/** The channel of one instance. */
class Member {
  readonly clock = new FakeClock();
  readonly received: PeerMessage[] = [];
  joins = 0;
  readonly channel: RedisPeerChannel;

  constructor(url: string) {
    this.channel = new RedisPeerChannel(url, this.clock, () => 0);
    this.channel.open({
      onMessage: (message) => this.received.push(message),
      onSubscribed: () => this.joins++,
    });
  }

  /** Waits until the channel has joined so many times, and lets the pauses between its tries pass. */
  joined(times = 1): Promise<void> {
    return until(`the channel is joined ${times} times`, async () => {
      // Only a wait between two tries has no socket to wait for.
      if (this.joins < times) await this.clock.advance(100);
      return this.joins >= times;
    });
  }

  receives(count: number): Promise<void> {
    return until(`${count} messages are received`, () => this.received.length >= count);
  }
}

function report(instance: string, more: Partial<PeerReport> = {}): PeerReport {
  return { kind: 'report', instance, sequence: 1, ttl_ms: 15_000, open: { model: 30_000 }, ...more };
}

let members: Member[] = [];

function open(url: string): Member {
  const member = new Member(url);
  members.push(member);
  return member;
}

afterEach(async () => {
  await Promise.all(members.map(({ channel }) => channel.close()));
  expect(members.map(({ clock }) => clock.pendingTimers)).toEqual(members.map(() => 0));
  members = [];
});

describe('a channel without a Redis behind its address', () => {
  it('retries at growing intervals, and drops messages published meanwhile', async () => {
    let tries = 0;
    const server = createServer((socket) => {
      tries++;
      socket.on('error', () => undefined).destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const member = open(`redis://127.0.0.1:${port}`);
    member.channel.publish(report('a'));
    await until('the first try has failed', () => member.clock.pendingTimers === 1 && tries === 2);
    for (const waitMs of [500, 1_000, 2_000, 4_000, 8_000, RETRY_MS, RETRY_MS]) {
      const before = tries;
      await member.clock.advance(waitMs - 1);
      expect(tries).toBe(before);
      await member.clock.advance(1);
      await until('the next try has failed', () => member.clock.pendingTimers === 1 && tries === before + 2);
    }
    expect(member.joins).toBe(0);
    server.close();
  });

  it('leaves a server that accepts the connection and never answers', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) =>
      sockets.push(socket.on('error', () => undefined).resume()),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const member = open(`redis://127.0.0.1:${port}`);
    await until('it is dialled', () => sockets.length === 2);
    await member.clock.advance(5_000);
    await until('it is left', () => sockets.every((socket) => socket.destroyed));
    expect(member.joins).toBe(0);
    await member.channel.close();
    server.close();
  });
});

describeWithRedis('a channel through Redis', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  beforeEach(async () => {
    await server.command('FLUSHALL');
  });

  afterAll(() => server.kill());

  const clients = async () =>
    String(await server.command('CLIENT', 'LIST'))
      .trim()
      .split('\n').length;

  it('delivers messages to every member, the sender included', async () => {
    const [a, b, c] = [open(server.url), open(server.url), open(server.url)];
    await Promise.all([a.joined(), b.joined(), c.joined()]);
    a.channel.publish(report('a'));
    a.channel.publish({ kind: 'controls_changed' });
    for (const member of [a, b, c]) {
      await member.receives(2);
      expect(member.received).toEqual([report('a'), { kind: 'controls_changed' }]);
    }
  });

  it('delivers the latest report of each member to a new member, with the time it has left', async () => {
    const a = open(server.url);
    await a.joined();
    a.channel.publish(report('a', { sequence: 1, open: {} }));
    a.channel.publish(report('a', { sequence: 2 }));
    a.channel.publish(report('gone', { ttl_ms: 1 }));
    await a.receives(3);
    await until(
      'the report has ended',
      async () => (await server.command('EXISTS', 'failsoft:0:peers:gone')) === 0,
    );
    const late = open(server.url);
    await late.joined();
    expect(late.received).toMatchObject([{ instance: 'a', sequence: 2 }]);
    const [received] = late.received as PeerReport[];
    expect(received?.ttl_ms).toBeLessThanOrEqual(15_000);
    expect(received?.ttl_ms).toBeGreaterThan(5_000);
    expect(received?.open['model']).toBe(30_000 - (15_000 - Number(received?.ttl_ms)));
    expect(await server.command('SMEMBERS', 'failsoft:0:peers')).toEqual(['a']);
  });

  it('deletes the report of a member that leaves, and expires all others', async () => {
    const a = open(server.url);
    await a.joined();
    a.channel.publish(report('a'));
    await a.receives(1);
    expect(Number(await server.command('PTTL', 'failsoft:0:peers'))).toBeGreaterThan(15_000);
    a.channel.publish(report('a', { sequence: 2, ttl_ms: 0 }));
    await a.channel.close();
    expect(await server.command('DBSIZE')).toBe(0);
  });

  it('separates services that use different numbered databases of one Redis', async () => {
    const [a, b] = [open(`${server.url}/1`), open(`${server.url}/2`)];
    await Promise.all([a.joined(), b.joined()]);
    a.channel.publish(report('a'));
    b.channel.publish(report('b'));
    await Promise.all([a.receives(1), b.receives(1)]);
    expect([a.received, b.received]).toEqual([[report('a')], [report('b')]]);
  });

  it('ignores messages and keys of other programs', async () => {
    const a = open(server.url);
    await a.joined();
    for (const text of ['', '{', '{"kind":"report"}', '[]'])
      await server.command('PUBLISH', 'failsoft:0:peers', text);
    await server.command('SET', 'failsoft:0:peers:x', 'nonsense');
    await server.command('SADD', 'failsoft:0:peers', 'x');
    a.channel.publish(report('a'));
    await a.receives(1);
    const b = open(server.url);
    await b.joined();
    expect([a.received, b.received]).toMatchObject([[{ instance: 'a' }], [{ instance: 'a' }]]);
  });

  it('is joined again after Redis has dropped its clients', async () => {
    const [a, b] = [open(server.url), open(server.url)];
    await Promise.all([a.joined(), b.joined()]);
    await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await Promise.all([a.joined(2), b.joined(2)]);
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await Promise.all([a.joined(3), b.joined(3)]);
    b.channel.publish(report('b'));
    await a.receives(1);
    expect(await clients()).toBe(5);
  });

  it('is joined again after Redis was killed, without the messages of the outage', async () => {
    const a = open(server.url);
    await a.joined();
    await server.kill();
    await until('it is missed', () => a.clock.pendingTimers === 1);
    a.channel.publish(report('a'));
    await server.start();
    await a.joined(2);
    expect(await server.command('DBSIZE')).toBe(0);
    expect(a.received).toEqual([]);
  });

  it('leaves a frozen Redis after two seconds, and joins again when it answers', async () => {
    const a = open(server.url);
    await a.joined();
    server.freeze();
    a.channel.publish(report('a'));
    expect(a.clock.pendingTimers).toBe(1);
    await a.clock.advance(2_000);
    a.channel.publish(report('a', { sequence: 2 }));
    server.thaw();
    await a.joined(2);
    expect(await clients()).toBe(3);
  });

  it('closes within its time limit while Redis is frozen', async () => {
    const a = open(server.url);
    await a.joined();
    server.freeze();
    a.channel.publish(report('a', { ttl_ms: 0 }));
    const closed = a.channel.close();
    await a.clock.advance(2_000);
    await closed;
    server.thaw();
    await until('its connections are closed', async () => (await clients()) === 1);
    expect(a.joins).toBe(1);
  });
});
