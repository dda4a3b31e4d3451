import { compareWithModel } from '../../support/guards/guard-model-run.ts';
import { mutants } from '../../support/guards/guard-model-mutants.ts';
import { GuardModel } from '../../support/guards/guard-model.ts';

const SEED = 20_261_121;
const RUNS = 300;

describe('the guard and a naive model of its rules', () => {
  it('agree after every step of long command sequences', async () => {
    const seen = await compareWithModel(GuardModel, { numRuns: RUNS, seed: SEED });
    const strategies = ['consecutive', 'rate', 'count'];
    const states = ['closed', 'open', 'half-open'];
    const modes = ['auto', 'disabled', 'observe', 'forced_open', 'forced_closed'];
    const pairs = strategies.flatMap((strategy) => states.map((state) => `${strategy} ${state}`));
    expect([...seen].sort()).toEqual([...states, ...modes, ...pairs].sort());
  });

  // A guard with a mistake differs from the model exactly where the guard differs from a model with that mistake.
  it.each(Object.keys(mutants))('differ when the model has the mistake that %s', async (mistake) => {
    const Mutant = mutants[mistake] ?? GuardModel;
    const comparison = compareWithModel(Mutant, { numRuns: RUNS, seed: SEED, endOnFailure: true });
    // Anything but a comparison that failed has no matcher's result.
    await expect(comparison).rejects.toMatchObject({ cause: { matcherResult: { pass: false } } });
  });
});
