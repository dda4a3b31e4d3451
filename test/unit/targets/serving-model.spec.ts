import { ServingModel } from '../../../src/targets/serving-model.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

const COUNT_AGAIN_MS = 200_000;

/** A change from the model `old` to `new`, of which so many of ten chunks are done. */
function setUp() {
  const clock = new FakeClock();
  const database = { serving: 'old', done: 2, counts: 0 };
  const targets = (model: string) => ({ model, expectDimension: () => undefined });
  const repository = {
    find: async () => ({ id: database.serving === 'old' ? 1 : 2, name: database.serving, dimension: 3 }),
    progress: async () => {
      database.counts++;
      return { done: database.done, total: 10 };
    },
  };
  const previous = { model: 'old', create: () => targets('old') };
  const serving = new ServingModel(targets('new') as never, previous as never, repository as never, clock);
  const { signal } = new AbortController();
  return { clock, database, serving, signal };
}

describe('the progress of a new embedding model', () => {
  it('is counted every few minutes, however often it is read', async () => {
    const { clock, database, serving, signal } = setUp();
    expect(serving.reembedding).toBeUndefined();
    await serving.refresh(signal);
    await serving.refresh(signal, { isExact: true });
    expect(serving.reembedding).toEqual({ from: 'old', to: 'new', isServed: true, done: 2, total: 10 });
    database.done = 6;
    await clock.advance(COUNT_AGAIN_MS - 1);
    await serving.refresh(signal);
    expect(database.counts).toBe(1);
    expect(serving.reembedding?.done).toBe(2);
    await clock.advance(1);
    await serving.refresh(signal);
    expect(database.counts).toBe(2);
    expect(serving.reembedding?.done).toBe(6);
  });

  it('includes the vectors that this instance stores, and is counted anew when it must be exact', async () => {
    const { database, serving, signal } = setUp();
    serving.noteStored('new', 1);
    await serving.refresh(signal);
    serving.noteStored('new', 3);
    serving.noteStored('old', 4);
    expect(serving.reembedding?.done).toBe(5);
    serving.noteStored('new', 30);
    expect(serving.reembedding?.done).toBe(10);
    await serving.refresh(signal);
    expect(database.counts).toBe(1);
    database.done = 9;
    await serving.refresh(signal, { isExact: true });
    await serving.refresh(signal, { isExact: true });
    expect(database.counts).toBe(2);
    expect(serving.reembedding?.done).toBe(9);
  });

  it('is undefined once the model serves', async () => {
    const { database, serving, signal } = setUp();
    await serving.refresh(signal);
    database.serving = 'new';
    await serving.refresh(signal);
    expect(serving.reembedding).toBeUndefined();
    expect(database.counts).toBe(1);
  });
});
