import { Guard } from '../../../src/resilience/guard/guard.ts';
import { compareWithModel } from '../../support/guards/guard-model-run.ts';

describe('the guard and a naive model of its rules', () => {
  it('agree after every step of long command sequences', async () => {
    const seen = await compareWithModel(Guard, { numRuns: 300, seed: 20_261_121 });
    const strategies = ['consecutive', 'rate', 'count'];
    const states = ['closed', 'open', 'half-open'];
    const modes = ['auto', 'disabled', 'observe', 'forced_open', 'forced_closed'];
    const pairs = strategies.flatMap((strategy) => states.map((state) => `${strategy} ${state}`));
    expect([...seen].sort()).toEqual([...states, ...modes, ...pairs].sort());
  });
});
