import type { WantedState } from '../actions.ts';
import { sayCount, sayDuration, sayList } from '../format.ts';
import { roleOf, WITHOUT, type Role } from '../cards/guard-role.ts';
import { judgeGuard } from '../cards/judge-guard.ts';
import type { Guard, Health, Settings } from '../types.ts';

/** The longest opening, which doubles with each one soon after another. */
const MAX_OPEN_SECONDS = 300;

/** What the preview looks at: the guard and all others as they are now. */
export interface Outlook {
  guard: Guard;
  guards: Guard[];
  health: Health | undefined;
}

/** Tells what taking a service away will cost, from the calls of the last minute and the state of the others. */
export function previewOutage(outlook: Outlook): string[] {
  const role = roleOf(outlook.guard.name, outlook.health);
  return [sayTraffic(outlook, role), sayInstead(outlook, role)];
}

/** Tells when a service answers again that was taken away. */
export function previewRecovery(settings: Settings | undefined, { consecutive_trips: trips }: Guard): string {
  if (!settings || settings.enabled !== 'true') return 'Answers come back when it ends.';
  const { fail_threshold: failures, timeout_seconds: openFor } = settings;
  return `Answers come back when it ends. If ${sayCount(failures, 'failure')} have opened the circuit by then, they come back with its next trial, as a rule within ${sayDuration(Math.min(openFor * 2 ** trips, MAX_OPEN_SECONDS))}.`;
}

/** Tells what a change of state will do. */
export function previewState(outlook: Outlook, wanted: WantedState, ttlSeconds: number): string[] {
  const { guard } = outlook;
  const end = `It ends by itself after ${sayDuration(ttlSeconds)}.`;
  switch (wanted) {
    case 'open':
      return [...previewOutage(outlook), end];
    case 'closed':
      return [
        guard.state === 'open' || guard.hold
          ? 'Calls go to the service again although it failed: each may wait for its whole time limit.'
          : 'Every call goes to the service, however many fail: each may wait for its whole time limit.',
        end,
      ];
    case 'half-open':
      return [
        'The next calls are trials: if they succeed the circuit closes, and one failure opens it again.',
      ];
    case 'reset':
      return [
        'The circuit closes and forgets its failures, pauses and what it has learnt. The next calls go to the service.',
      ];
  }
}

function sayTraffic({ guard, guards, health }: Outlook, role: Role): string {
  const peers = guards.filter(({ name }) => roleOf(name, health) === role);
  const all = peers.reduce((sum, one) => sum + countLately(one), 0);
  if (all === 0) return 'In the last minute nobody called it.';
  return peers.length === 1
    ? `In the last minute it had ${sayCount(all, 'call')}.`
    : `In the last minute ${countLately(guard)} of ${sayCount(all, 'call')} went here.`;
}

/** What answers in its place: the others of its role that take calls, and what is left without them. */
function sayInstead({ guard, guards, health }: Outlook, role: Role): string {
  const others = guards.filter(({ name }) => name !== guard.name && roleOf(name, health) === role);
  const able = others.filter(takesCalls).map(({ name }) => name);
  const out = others.filter((one) => !takesCalls(one)).map(({ name }) => name);
  const unable = out.length === 0 ? '' : ` ${sayList(out)} ${out.length === 1 ? 'is' : 'are'} out as well.`;
  return able.length > 0
    ? `Meanwhile its calls go to ${sayList(able)}; if that fails, ${WITHOUT[role]}.${unable}`
    : `Meanwhile ${WITHOUT[role]}.${unable}`;
}

/** The calls of the last minute. */
function countLately({ health, health_of_all: ofAll }: Guard): number {
  return (ofAll ?? health).minute.calls;
}

function takesCalls(guard: Guard): boolean {
  const { shape } = judgeGuard(guard);
  return shape !== 'open' && shape !== 'held' && guard.mode !== 'forced_open';
}
