import { z } from 'zod';
import type { CircuitView } from '../health/circuit-view.ts';
import { formatTable, type Cell, type Style } from './terminal.ts';

type Guard = ReturnType<CircuitView['show']>['circuit_breaker'];

/** A guard as the service shows it, of which an administrative response has a part. */
export type GuardView = Omit<Guard, 'demoted' | 'health' | 'health_of_all' | 'patience'> &
  Partial<Pick<Guard, 'demoted' | 'patience'>>;

/** What is needed of a guard to show it. */
export const guardSchema = z.object({
  name: z.string(),
  state: z.string(),
  mode: z.string(),
  is_healthy: z.boolean(),
  fail_count: z.number(),
  window: z.object({ failures: z.number(), calls: z.number() }),
});

const COLUMNS = ['GUARD', 'STATE', 'MODE', 'FAILS', 'FAILED/CALLS', 'RETRY IN', 'PATIENCE'];
const STYLES: Record<GuardView['state'], Style> = {
  closed: 'green',
  open: 'red',
  'half-open': 'yellow',
  held: 'yellow',
  refusing: 'red',
};
const NOTHING = '–';

/** The guards as a table, those that need attention first. A column for drills is there when one plays. */
export function guardTable(guards: GuardView[]): string {
  const sorted = [...guards].sort((a, b) => Number(a.is_healthy) - Number(b.is_healthy));
  const withDrills = guards.some(({ drill }) => drill);
  const rows = sorted.map((guard): Cell[] => [
    guard.name,
    { text: describeState(guard), style: STYLES[guard.state] },
    guard.mode + describeEnd(guard.mode_ends_in),
    String(guard.fail_count),
    `${guard.window.failures}/${guard.window.calls}`,
    showSeconds(guard.retry_after ?? guard.hold?.ends_in ?? guard.demoted?.retry_in),
    showSeconds(guard.patience?.first_token_seconds),
    ...(withDrills
      ? [guard.drill ? `${guard.drill.fault}${describeEnd(guard.drill.ends_in)}` : NOTHING]
      : []),
  ]);
  return formatTable(withDrills ? [...COLUMNS, 'DRILL'] : COLUMNS, rows);
}

/** The state of a circuit, and what keeps calls from its service although it is closed. */
export function describeState({ state, hold, demoted }: GuardView): string {
  const more = [hold && `held: ${hold.cause}`, demoted && `demoted: ${demoted.cause}`];
  const isCircuits = state !== 'held' && state !== 'refusing';
  return [isCircuits && state, ...more].filter(Boolean).join(', ');
}

function describeEnd(seconds: number | null | undefined): string {
  return typeof seconds === 'number' ? ` (${seconds} s)` : '';
}

function showSeconds(seconds: number | null | undefined): string {
  return typeof seconds === 'number' ? `${seconds} s` : NOTHING;
}
