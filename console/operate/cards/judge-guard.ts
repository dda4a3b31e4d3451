import { sayCount } from '../format.ts';
import type { Guard } from '../types.ts';

/** How a guard is shown: by word, shape and colour together. */
export interface Verdict {
  /** The lower, the worse. */
  rank: number;
  word: string;
  shape: 'closed' | 'open' | 'half-open' | 'held' | 'forced' | 'demoted' | 'off';
  tone: 'good' | 'warn' | 'bad' | 'calm';
  /** What the state means, in one sentence. */
  sentence: string;
}

const HOLDS: Record<string, Pick<Verdict, 'rank' | 'word' | 'sentence'>> = {
  latched: {
    rank: 1,
    word: 'Refused',
    sentence:
      'The service refused the key, the model or the address, so it is left alone until a probe succeeds.',
  },
  loading: {
    rank: 4,
    word: 'Loading',
    sentence: 'The service said that it is loading and for how long, so nothing is sent until then.',
  },
  throttled: {
    rank: 5,
    word: 'Paused',
    sentence: 'The service asked for a pause, so nothing is sent until it is over.',
  },
};

const DEMOTIONS: Record<string, string> = {
  refusing: 'It refuses different questions for one reason, so the other targets are asked first.',
  failing: 'It fails often, so the other targets are asked first.',
  silent: 'It does not answer in time, so the other targets are asked first.',
  slow: 'It is slower than others, which are asked first.',
};

/** Judges how a guard is, from its worst side. */
export function judgeGuard(guard: Guard): Verdict {
  const { mode, state, hold, demoted, drill } = guard;
  switch (mode) {
    case 'forced_open':
      return {
        rank: 2,
        word: 'Forced open',
        shape: 'forced',
        tone: 'bad',
        sentence: 'An operator has it refuse every call until the time is over.',
      };
    case 'forced_closed':
      return {
        rank: state === 'closed' ? 7 : 2,
        word: 'Forced closed',
        shape: 'forced',
        tone: 'warn',
        sentence: `An operator lets every call through until the time is over${state === 'closed' ? '' : `; by itself it would be ${state}`}.`,
      };
    case 'disabled':
      return {
        rank: 8,
        word: 'Switched off',
        shape: 'off',
        tone: 'calm',
        sentence: 'The circuit breaker is switched off: every call goes through and nothing is counted.',
      };
    case 'observe':
      return {
        rank: state === 'closed' ? 8 : 6,
        word: state === 'closed' ? 'Observing' : `Would be ${state}`,
        shape: 'off',
        tone: state === 'closed' ? 'calm' : 'warn',
        sentence: 'It only watches: calls go through even where it would refuse them.',
      };
    case 'auto':
  }
  const held = hold && HOLDS[hold.cause];
  if (held) return { ...held, shape: 'held', tone: hold.cause === 'latched' ? 'bad' : 'warn' };
  if (state === 'open')
    return {
      rank: 0,
      word: 'Open',
      shape: 'open',
      tone: 'bad',
      sentence: 'It failed too often, so calls are refused at once until the next trial.',
    };
  if (state === 'half-open')
    return {
      rank: 3,
      word: 'Half-open',
      shape: 'half-open',
      tone: 'warn',
      sentence: 'A few trial calls go through and decide whether it closes or opens again.',
    };
  if (demoted)
    return {
      rank: 6,
      word: 'Asked last',
      shape: 'demoted',
      tone: 'warn',
      sentence: DEMOTIONS[demoted.cause] ?? 'The other targets are asked first.',
    };
  return {
    rank: drill ? 6 : guard.fail_count > 0 ? 9 : 10,
    word: 'Closed',
    shape: 'closed',
    tone: 'good',
    sentence: saySound(guard),
  };
}

function saySound({ totals, fail_count: failures, drill }: Guard): string {
  const calls = drill ? 'Calls meet the fault of a drill' : 'Calls go through';
  if (totals.calls === 0) return `${calls}; there was none since the start.`;
  if (failures === 0) return `${calls}.`;
  return `${calls}; ${sayCount(failures, 'failure')} count${failures === 1 ? 's' : ''} towards opening.`;
}

/** The guards, worst first; those that are alike stay in their order. */
export function sortGuards(guards: Guard[]): Guard[] {
  return guards.toSorted((a, b) => judgeGuard(a).rank - judgeGuard(b).rank);
}
