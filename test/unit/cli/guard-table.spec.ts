import { describeState, guardTable, type GuardView } from '../../../src/cli/guard-table.ts';
import { createGuard } from '../../support/guards/guards.ts';

const HOLD = { cause: 'throttled', ends_in: 7 } as const;
const REFUSING = { cause: 'refusing', retry_in: 10 } as const;

describe('the state of a guard on the command line', () => {
  const closed = createGuard().guard.snapshot();

  it.each<[Partial<GuardView>, string]>([
    [{}, 'closed'],
    [{ state: 'held', hold: HOLD }, 'held: throttled'],
    [{ state: 'open', hold: HOLD }, 'open, held: throttled'],
    [{ state: 'refusing', demoted: REFUSING }, 'demoted: refusing'],
    [{ state: 'closed', demoted: { cause: 'slow', retry_in: 10 } }, 'closed, demoted: slow'],
  ])('tells of %j', (change, said) => {
    const guard: GuardView = { ...closed, ...change };
    expect(describeState(guard)).toBe(said);
    expect(guardTable([guard])).toContain(said);
  });
});
