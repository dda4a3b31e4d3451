import type { ProviderCall } from './provider.ts';

/** How one request ended, as its caller saw it. */
export interface Outcome {
  kind: 'answer' | 'error' | 'hang';
  /** Whether the text is the provider's whole answer. */
  isWhole: boolean;
  /** From the beginning of the scenario to the request, and from there to the end. */
  sentAtMs: number;
  ms: number;
  /** The model that the response names. */
  model?: string | undefined;
  hasUsage: boolean;
  /** The status and the code of an error. */
  error?: string;
}

/** What the caller and the provider saw of one scenario. */
export interface Run {
  /** At least one. */
  outcomes: Outcome[];
  /** Calls of the first target, and of the second. */
  primary: ProviderCall[];
  backup: ProviderCall[];
  /** Whether another request was answered as a whole afterwards, within ten seconds. */
  isAlive: boolean;
}

/** A rule of conduct. One that fails makes a scenario `fail`, and an advisory one `partial`. */
export interface Check {
  what: string;
  isAdvisory?: true;
  holds: (run: Run) => boolean;
}

export type Verdict = 'pass' | 'partial' | 'safe' | 'fail';

const SECOND_MS = 1_000;

/**
 * Judges a run.
 * @param wanted what the caller should have got
 * @returns the verdict, and what spoke against a better one
 */
export function judge(run: Run, checks: Check[], wanted: 'answer' | 'error'): [Verdict, string] {
  const { outcomes } = run;
  if (outcomes.some(({ kind }) => kind === 'hang')) return ['fail', 'no end in time'];
  if (wanted === 'answer' && outcomes.some(({ kind, isWhole }) => kind === 'answer' && !isWhole))
    return ['fail', 'another text than the whole answer, as a success'];
  const broken = checks.filter(({ holds }) => !holds(run));
  const required = broken.filter(({ isAdvisory }) => !isAdvisory);
  if (required.length > 0) return ['fail', list(required)];
  const isMissed = outcomes.some(({ kind }) => kind !== wanted);
  if (isMissed) return wanted === 'error' ? ['partial', 'answered'] : ['safe', 'a clean error'];
  return broken.length > 0 ? ['partial', list(broken)] : ['pass', ''];
}

function list(checks: Check[]): string {
  return `not kept: ${checks.map(({ what }) => what).join(', ')}`;
}

/** The first target is called that often at least, and at most. */
export function called(least: number, most: number): Check {
  const often = most === Infinity ? `at least ${least}` : least === most ? `${least}` : `at most ${most}`;
  return {
    what: `${often} calls of the first target`,
    holds: ({ primary }) => primary.length >= least && primary.length <= most,
  };
}

/** The first target gets at most that many calls within so many seconds of the first of them. */
export function spares(most: number, seconds: number): Check {
  return {
    what: `at most ${most} calls in ${seconds} s`,
    holds: ({ primary: [first, ...more] }) =>
      !first || more.filter(({ atMs }) => atMs - first.atMs < seconds * SECOND_MS).length < most,
  };
}

/** The second call of the first target comes no sooner than that after the first. */
export function waits(seconds: number): Check {
  return {
    what: `${seconds} s before the second call`,
    holds: ({ primary: [first, second] }) =>
      first !== undefined && second !== undefined && second.atMs - first.atMs >= seconds * SECOND_MS,
  };
}

/** Every request ends within that time. */
export function endsWithin(seconds: number): Check {
  return {
    what: `an end within ${seconds} s`,
    holds: ({ outcomes }) => outcomes.every(({ ms }) => ms <= seconds * SECOND_MS),
  };
}

/** The first target is called once, or each time with less than before. */
export const neverSendsTheSameAgain: Check = {
  what: 'no call as large as the one before',
  holds: ({ primary }) =>
    primary.every(({ promptWords }, index) => index === 0 || promptWords < primary[index - 1]!.promptWords),
};

export const staysAlive: Check = {
  what: 'a whole answer to the next request',
  holds: ({ isAlive }) => isAlive,
};

export const tellsUsage: Check = {
  what: 'usage in the response',
  holds: ({ outcomes }) => outcomes.every(({ hasUsage }) => hasUsage),
};

/** Every response names that model. */
export function names(model: string): Check {
  return {
    what: `the model ${model} in the response`,
    holds: ({ outcomes }) => outcomes.every((outcome) => outcome.model === model),
  };
}

/** Every request that is sent during an outage of that length is answered. */
export function servesWhileDown(downMs: number): Check {
  return {
    what: 'an answer to each request during the outage',
    holds: ({ outcomes }) =>
      outcomes.filter(({ sentAtMs }) => sentAtMs < downMs).every(({ kind }) => kind === 'answer'),
  };
}

/** The first target answers again within so many seconds after an outage of that length. */
export function returnsWithin(seconds: number, downMs: number): Check {
  return {
    what: `the first target again within ${seconds} s`,
    holds: ({ primary }) =>
      primary.some(({ reply, atMs }) => reply.kind === 'answer' && atMs - downMs <= seconds * SECOND_MS),
  };
}
