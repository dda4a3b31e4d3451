import { PeerHint } from '../../../../src/resilience/sharing/peer-hint.ts';
import {
  ageReport,
  parsePeerMessage,
  type PeerReport,
} from '../../../../src/resilience/sharing/peer-message.ts';
import { FakeClock } from '../../../support/fakes/fake-clock.ts';

function report(instance: string, more: Partial<PeerReport> = {}): PeerReport {
  return { kind: 'report', instance, sequence: 1, ttl_ms: 15_000, open: {}, ...more };
}

const open = { model: 30_000 };

describe('a hint of peers', () => {
  let clock: FakeClock;
  let advice: PeerHint;

  beforeEach(() => {
    clock = new FakeClock();
    advice = new PeerHint(clock);
  });

  it.each([
    [0, 0, null],
    [0, 1, false],
    [1, 1, true],
    [1, 2, true],
    [1, 3, false],
    [2, 4, true],
    [2, 5, false],
    [3, 5, true],
  ])('suggests opening for %i of %i peers with an open circuit: %s', (opened, peers, expected) => {
    for (let peer = 0; peer < peers; peer++)
      advice.handleReport(report(`peer-${peer}`, peer < opened ? { open } : {}));
    expect(advice.suggestsOpening('model')).toBe(expected);
    expect(advice.suggestsOpening('other')).toBe(peers === 0 ? null : false);
  });

  it('holds as long as the report and the open time do', async () => {
    advice.handleReport(report('a', { open: { model: 10_000, other: 60_000 } }));
    await clock.advance(9_999);
    expect(advice.suggestsOpening('model')).toBe(true);
    await clock.advance(1);
    expect(advice.suggestsOpening('model')).toBe(false);
    await clock.advance(4_999);
    expect(advice.suggestsOpening('other')).toBe(true);
    await clock.advance(1);
    expect(advice.suggestsOpening('other')).toBeNull();
  });

  it('follows the latest report of each peer, in whatever order they come', () => {
    advice.handleReport(report('a', { sequence: 2, open }));
    advice.handleReport(report('a', { sequence: 1 }));
    expect(advice.suggestsOpening('model')).toBe(true);
    advice.handleReport(report('a', { sequence: 3 }));
    expect(advice.suggestsOpening('model')).toBe(false);
  });

  it('ignores a late report of a peer that has left', async () => {
    advice.handleReport(report('a', { sequence: 5, ttl_ms: 0 }));
    await clock.advance(30_000);
    advice.handleReport(report('a', { sequence: 4, open }));
    expect(advice.suggestsOpening('model')).toBeNull();
  });

  it('keeps at most a thousand peers, and none that left long ago', async () => {
    for (let peer = 0; peer < 1_500; peer++) advice.handleReport(report(`peer-${peer}`));
    expect(advice.livePeers).toBe(1_000);
    await clock.advance(80_000);
    advice.handleReport(report('new'));
    expect(advice.livePeers).toBe(1);
  });
});

describe('a peer message', () => {
  it('is read as it was written', () => {
    const message = report('a', { open });
    expect(parsePeerMessage(JSON.stringify(message))).toEqual(message);
    expect(parsePeerMessage('{"kind":"controls_changed"}')).toEqual({ kind: 'controls_changed' });
  });

  it.each([
    ['', 'no text'],
    ['null', 'nothing'],
    ['{"kind":"unknown"}', 'another kind'],
    [JSON.stringify({ ...report('a'), ttl_ms: -1 }), 'a negative time'],
    [JSON.stringify({ ...report('a'), open: { model: 4_000_000 } }), 'a time beyond every limit'],
    [JSON.stringify({ ...report('a'), open: { model: null } }), 'a guard without a time'],
    [JSON.stringify(report('a'.repeat(101))), 'a name without an end'],
  ])('is refused as %j, which has %s', (text) => {
    expect(parsePeerMessage(text)).toBeUndefined();
  });

  it('loses validity with its age', () => {
    const sent = report('a', { open: { model: 30_000, other: 1_000 } });
    expect(ageReport(sent, 5_000)).toEqual({ ...sent, ttl_ms: 10_000, open: { model: 25_000, other: 0 } });
  });
});
