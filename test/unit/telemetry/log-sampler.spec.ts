import { pino } from 'pino';
import { LogSampler } from '../../../src/telemetry/log-sampler.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

const EVERY_MS = 10_000;

function setUp(level = 'info') {
  const clock = new FakeClock();
  const lines: object[] = [];
  const formatters = { level: (label: string) => ({ level: label }) };
  const options = { level, base: null, timestamp: false, formatters };
  const logger = pino(options, { write: (line) => lines.push(JSON.parse(line)) });
  const sampler = new LogSampler(logger, () => clock.now());
  const write = (kind: string, n: number) => sampler.write('warn', kind, { event: kind, n });
  return { clock, lines, write };
}

describe('repeated log lines', () => {
  it('are written once in ten seconds, with the number of those left out', async () => {
    const { clock, lines, write } = setUp();
    for (let n = 0; n < 500; n++) write('a', n);
    expect(lines).toEqual([{ level: 'warn', event: 'a', n: 0 }]);
    await clock.advance(EVERY_MS - 1);
    write('a', 500);
    expect(lines).toHaveLength(1);
    await clock.advance(1);
    write('a', 501);
    expect(lines.slice(1)).toEqual([{ level: 'warn', event: 'a', n: 501, repeats: 500 }]);
    await clock.advance(10 * EVERY_MS);
    write('a', 502);
    expect(lines.slice(2)).toEqual([{ level: 'warn', event: 'a', n: 502 }]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('do not suppress lines of another kind', () => {
    const { lines, write } = setUp();
    for (const kind of ['a', 'b', 'a', 'b', 'c']) write(kind, 1);
    expect(lines).toEqual(['a', 'b', 'c'].map((event) => ({ level: 'warn', event, n: 1 })));
  });

  it('are all written at level debug', () => {
    const { lines, write } = setUp('debug');
    for (let n = 0; n < 3; n++) write('a', n);
    expect(lines).toEqual([
      { level: 'warn', event: 'a', n: 0 },
      { level: 'debug', event: 'a', n: 1 },
      { level: 'debug', event: 'a', n: 2 },
    ]);
  });
});
