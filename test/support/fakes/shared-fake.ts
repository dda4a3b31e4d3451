import { getEventListeners } from 'node:events';
import { FakeHuggingFace } from './fake-hugging-face.ts';

/**
 * Plays Hugging Face for every test of a file, well again before each. No test may leave a connection open.
 * @returns the fake, which is started before the first test and stopped after the last
 */
export function useFakeHuggingFace(): FakeHuggingFace {
  const server = new FakeHuggingFace();
  beforeAll(() => server.start());
  afterAll(() => server.stop());
  beforeEach(() => server.clearFaults());
  afterEach(() => server.allClosed());
  return server;
}

/**
 * A caller who may leave, another one for each test. No test may leave a listener on the signal.
 * @returns what gives the caller of the test that runs
 */
export function useCaller(): () => AbortController {
  let caller: AbortController;
  beforeEach(() => {
    caller = new AbortController();
  });
  afterEach(() => expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0));
  return () => caller;
}
