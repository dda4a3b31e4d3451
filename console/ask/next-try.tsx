import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { callJson } from '../shared/api.ts';
import { poll } from '../shared/polling.ts';
import { Clock, describeDuration } from './times.tsx';

/** What is shown of a guard. */
interface Guard {
  name: string;
  state: string;
  mode: string;
  mode_ends_in: number | null;
  retry_after: number | null;
  hold: { ends_in: number } | null;
}

interface Guards {
  circuit_breaker: Guard;
  circuit_breakers: Record<string, Guard>;
}

const PAUSE_MS = 5_000;

/**
 * When the service behind a degraded answer is tried again.
 * @param targets the names of the models that did not answer; empty for the first one
 */
export function NextTry({ targets }: { targets: string[] }) {
  const poller = useMemo(
    () => poll((signal) => callJson<Guards>('health/circuit-breaker', { signal }), { pauseMs: PAUSE_MS }),
    [],
  );
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), 1_000);
    return () => {
      clearInterval(timer);
      poller.stop();
    };
  }, []);
  const { value, readAt } = poller.state.value;
  if (!value) return null;
  const guard = chooseGuard(value, targets);
  const elapsedSeconds = Math.max(now.value - readAt, 0) / 1_000;
  return <span class="ask-next-try">{describe(guard, elapsedSeconds, readAt)}</span>;
}

/** The one that comes back first; the database's while that is out, because no model is asked without documents. */
function chooseGuard({ circuit_breaker: first, circuit_breakers: all }: Guards, targets: string[]): Guard {
  const { postgres } = all;
  if (postgres && postgres.state !== 'closed') return postgres;
  const named = targets.flatMap((name) => (Object.hasOwn(all, name) ? [all[name]!] : []));
  return named.sort((a, b) => waitOf(a) - waitOf(b))[0] ?? first;
}

function waitOf({ mode, mode_ends_in, retry_after, hold }: Guard): number {
  return mode === 'forced_open' ? (mode_ends_in ?? 0) : Math.max(retry_after ?? 0, hold?.ends_in ?? 0);
}

function describe(guard: Guard, elapsedSeconds: number, readAt: number) {
  const what = guard.name === 'postgres' ? 'The document store' : 'The language model';
  if (guard.mode === 'forced_open') {
    const end = readAt + waitOf(guard) * 1_000;
    return (
      <>
        {what} is switched off by an operator until <Clock at={end} />.
      </>
    );
  }
  const left = waitOf(guard) - elapsedSeconds;
  if (left > 0) return `${what} is tried again in ${describeDuration(left)}.`;
  if (!guard.state.includes('open')) return `${what} is tried again with the next question.`;
  return `${what} is being tried again now.`;
}
