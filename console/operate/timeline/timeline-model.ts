import { sayDuration } from '../format.ts';
import type { Action, Timeline, TimelineEvent } from '../types.ts';

/** A span of time in epoch seconds. */
export interface TimeSpan {
  from: number;
  to: number;
}

/** The sources of answers from the best to the worst, as they are stacked, with what they are called. */
export const SOURCES: [source: string, label: string][] = [
  ['generation', 'by a model'],
  ['cache', 'from the cache, fresh'],
  ['no_context', 'no document matched'],
  ['l1_cache', 'last answer'],
  ['semantic_cache', 'similar question'],
  ['curated_answers', 'curated answer'],
  ['excerpts', 'excerpts'],
  ['none', 'no answer'],
  ['error', 'errors'],
];

/** How many answers each source gave in a span, those without any left out. */
export function countAnswers(
  { answers }: Timeline,
  { from, to }: TimeSpan,
): [label: string, source: string, count: number][] {
  const slots = answers.slots.filter(({ at }) => at > from - answers.slot_seconds && at <= to);
  return SOURCES.map(([source, label]): [string, string, number] => {
    return [label, source, slots.reduce((sum, slot) => sum + (slot.sources[source] ?? 0), 0)];
  }).filter(([, , count]) => count > 0);
}

/**
 * The answers as uPlot wants them: the middles of the slots, and for each source the height up to which it is stacked, the
 * highest first, so that each is drawn over the one before.
 */
export function stackAnswers({ from, to, answers }: Timeline): number[][] {
  const { slot_seconds: length, slots } = answers;
  const first = Math.floor(from / length) * length;
  // Slots older than an hour are not kept.
  const count = Math.min(360, Math.ceil((to - first) / length) + 1);
  const begin = Math.max(first, Math.floor(to / length) * length - (count - 1) * length);
  const bySlot = new Map(slots.map((slot) => [slot.at, slot.sources]));
  const times = Array.from({ length: count }, (_, index) => begin + index * length);
  const heights = SOURCES.map(([source]) => times.map((at) => bySlot.get(at)?.[source] ?? 0));
  const stacked = heights.map((_, series) =>
    times.map((__, at) => heights.slice(0, series + 1).reduce((sum, row) => sum + (row[at] ?? 0), 0)),
  );
  return [times.map((at) => at + length / 2), ...stacked.toReversed()];
}

/** A time in which a circuit was in one state on some instance. */
export interface LanePart extends TimeSpan {
  state: string;
}

/** One guard's part of the timeline. */
export interface Lane {
  guard: string;
  parts: LanePart[];
  /** Drills, from their beginning to their end. */
  drills: TimeSpan[];
  actions: Action[];
}

/**
 * The lanes of the guards of those names. The answering instance has a state since it started, others since their first record.
 * @param current the states now, for guards that did not change in the span
 */
export function layLanes(timeline: Timeline, current: Record<string, string>): Lane[] {
  const { from, to, events, truncated, answers } = timeline;
  // Where there are more events than were asked for, nothing is known of the time before the oldest.
  const known = Math.max(answers.since, truncated ? (events.at(-1)?.at ?? from) : from);
  const oldestFirst = [...events, ...(truncated ? [] : timeline.at_begin)].toReversed();
  return Object.keys(current).map((guard) => {
    const own = oldestFirst.filter((event) => event.guard === guard);
    const changes = own.filter((event) => event.kind === 'state_change');
    const instances = new Set([answers.instance, ...changes.map(({ instance }) => instance)]);
    const parts = [...instances].flatMap((instance) => {
      const ofInstance = changes.filter((change) => change.instance === instance);
      const earlier = ofInstance.filter(({ at }) => at <= known);
      const later = ofInstance.filter(({ at }) => at > known);
      const lacksBegin =
        instance === answers.instance && known < to && (earlier.at(-1)?.at ?? 0) < answers.since;
      const first = { at: known, to_state: later[0]?.from_state ?? current[guard] ?? 'closed' };
      return [...earlier, ...(lacksBegin ? [first] : []), ...later].map(
        ({ at, to_state }, index, all): LanePart => {
          return { from: at, to: all[index + 1]?.at ?? to, state: to_state };
        },
      );
    });
    const actions = own.filter((event) => event.kind === 'action');
    return { guard, parts, actions: actions.filter(({ at }) => at >= from), drills: findDrills(actions, to) };
  });
}

/** A drill lasts until it is ended, another begins, or its time is over. */
function findDrills(actions: Action[], to: number): TimeSpan[] {
  const drills = actions.filter(({ action }) => action === 'begin_drill' || action === 'end_drill');
  return drills.flatMap(({ action, at, ends_at: end }, index) =>
    action === 'end_drill' ? [] : [{ from: at, to: Math.min(end ?? to, drills[index + 1]?.at ?? to, to) }],
  );
}

/** The events of a span, newest first. */
export function eventsWithin({ events }: Timeline, { from, to }: TimeSpan): TimelineEvent[] {
  return events.filter(({ at }) => at >= from && at <= to);
}

/** What an event was, in words. */
export function sayEvent(event: TimelineEvent): string {
  if (event.kind === 'state_change') {
    const { from_state: before, to_state: after, fail_count: failures } = event;
    const why =
      after === 'open' && failures > 0 ? ` after ${failures} failure${failures === 1 ? '' : 's'}` : '';
    return `${before} → ${after}${why}`;
  }
  const { action, changes } = event;
  const { state, ttl_seconds: seconds, id: _, reason: __, ...others } = changes;
  const duration = typeof seconds === 'number' ? ` for ${sayDuration(seconds)}` : '';
  if (action === 'force_state')
    return state === 'auto' ? 'end of the forced state' : `forced ${String(state)}${duration}`;
  const details = Object.entries(others).map(([name, value]) => `${sayWord(name)} ${sayWord(String(value))}`);
  const said = details.length > 0 ? ` (${details.join(', ')})` : '';
  return `${ACTIONS[action] ?? sayWord(action)}${said}${duration}`;
}

const ACTIONS: Record<string, string> = {
  reset: 'reset',
  configure: 'thresholds changed',
  begin_drill: 'drill begun',
  end_drill: 'drill ended',
};

function sayWord(text: string): string {
  return text.replaceAll('_', ' ');
}
