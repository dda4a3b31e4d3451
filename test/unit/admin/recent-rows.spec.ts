import { mergeRows } from '../../../src/admin/recent-rows.ts';
import type { StateChange } from '../../../src/postgres/records/state-changes.repository.ts';

function change(id: string, at: number): StateChange {
  return { id, instance: 'one', guard: 'a', from: 'closed', to: 'open', failCount: 5, at };
}

const ids = (changes: StateChange[]) => changes.map(({ id }) => id).join('');

describe('stored changes and those held in memory', () => {
  it('are merged without duplicates, newest first', () => {
    const stored = [change('d', 4), change('b', 2), change('a', 1)];
    const held = [change('e', 5), change('d', 4), change('c', 3)];
    expect(ids(mergeRows(stored, held, 10))).toBe('edcba');
    expect(ids(mergeRows(stored, held, 2))).toBe('ed');
    expect(ids(mergeRows([], held, 10))).toBe('edc');
    expect(ids(mergeRows(stored, [], 10))).toBe('dba');
  });

  it('keep the order of changes of one instance with the same time', () => {
    expect(ids(mergeRows([change('a', 1), change('b', 1)], [change('b', 1), change('a', 1)], 10))).toBe('ba');
  });
});
