import { RefusedChunks } from '../../../src/ingest/embedding/refused-chunks.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

describe('refused chunks', () => {
  it('are not tried again for half an hour, and are still known as refused after it', async () => {
    const clock = new FakeClock();
    const refused = new RefusedChunks(clock);
    expect(refused.add('1')).toBe(true);
    await clock.advance(1_799_999);
    expect(refused.has('1')).toBe(true);
    await clock.advance(1);
    expect(refused.has('1')).toBe(false);
    expect(refused.add('1')).toBe(false);
    expect(refused.has('1')).toBe(true);
    expect(refused.has('2')).toBe(false);
  });

  it('are kept up to 10,000, the latest ones', () => {
    const refused = new RefusedChunks(new FakeClock());
    for (let id = 0; id <= 10_000; id++) {
      refused.add(String(id));
      if (id === 9_999) refused.add('0');
    }
    expect(refused.has('0')).toBe(true);
    expect(refused.has('1')).toBe(false);
    expect(refused.has('2')).toBe(true);
  });

  it('count as a failure of the host when 64 of them follow one another', () => {
    const refused = new RefusedChunks(new FakeClock());
    const addRow = (count: number) => {
      for (let id = 0; id < count; id++) refused.add(String(id));
    };
    addRow(63);
    expect(() => refused.checkRow()).not.toThrow();
    refused.endRow();
    addRow(63);
    expect(() => refused.checkRow()).not.toThrow();
    addRow(1);
    expect(() => refused.checkRow()).toThrow('64 texts in a row were refused');
    addRow(63);
    expect(() => refused.checkRow()).not.toThrow();
  });
});
