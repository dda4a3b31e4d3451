import { FakeHuggingFace } from '../fakes/fake-hugging-face.ts';
import { embedderUrl, startWithFake, type Scenario } from './scenario.ts';

type Env = Record<string, string>;

/**
 * Describes tests that share one scenario, which is started before the first of them and closed after the last.
 * @param env what the service is configured by, or what gives it just before the start
 * @param tests gets the scenario, whose members are there from the first `beforeAll` on
 */
export function describeScenario(
  name: string,
  env: Env | (() => Env | Promise<Env>),
  tests: (scenario: Scenario) => void,
): void {
  describe(name, () => {
    const scenario = {} as Scenario;

    beforeAll(async () => {
      Object.assign(scenario, await startWithFake(typeof env === 'function' ? await env() : env));
    });

    afterAll(() => scenario.close());

    tests(scenario);
  });
}

/** As `describeScenario`, with a second fake that makes the vectors. */
export function describeWithEmbedder(
  name: string,
  tests: (scenario: Scenario, embedder: FakeHuggingFace) => void,
): void {
  const embedder = new FakeHuggingFace();
  const start = async () => ({ EMBEDDING_TARGETS: embedderUrl(await embedder.start()) });
  describeScenario(name, start, (scenario) => {
    afterAll(async () => {
      await embedder.allClosed();
      await embedder.stop();
    });

    tests(scenario, embedder);
  });
}
