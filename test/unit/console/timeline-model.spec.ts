import { layLanes } from '../../../console/operate/timeline/timeline-model.ts';
import type { Timeline } from '../../../console/operate/types.ts';

const NAME = 'huggingface_api';
const [from, to] = [1_000, 1_900];
const began = {
  kind: 'action',
  at: 400,
  guard: NAME,
  action: 'begin_drill',
  actor: 'alice',
  changes: {},
  ends_at: 4_000,
  reason: null,
} as const;
const opened = {
  kind: 'state_change',
  at: 500,
  guard: NAME,
  instance: 'one',
  from_state: 'closed',
  to_state: 'open',
  fail_count: 5,
} as const;
const timeline: Timeline = {
  from,
  to,
  source: 'database',
  truncated: false,
  events: [],
  at_begin: [opened, began],
  answers: { instance: 'one', since: 100, slot_seconds: 10, slots: [] },
};

describe('a lane of the timeline', () => {
  it('shows the state and the drill that began before the span, and no action of that time', () => {
    expect(layLanes(timeline, { [NAME]: 'closed' })).toEqual([
      {
        guard: NAME,
        parts: [{ from: 500, to, state: 'open' }],
        drills: [{ from: 400, to }],
        actions: [],
      },
    ]);
  });

  it('ends such a drill where it was ended in the span', () => {
    const ended = { ...began, at: 1_500, action: 'end_drill', ends_at: null };
    const [lane] = layLanes({ ...timeline, events: [ended] }, { [NAME]: 'open' });
    expect(lane).toMatchObject({ drills: [{ from: 400, to: 1_500 }], actions: [ended] });
  });

  it('begins with the instance that answers, and with the first record of each other one', () => {
    const young = { ...timeline, at_begin: [], answers: { ...timeline.answers, since: 1_300 } };
    const [quiet] = layLanes(young, { [NAME]: 'closed' });
    expect(quiet?.parts).toEqual([{ from: 1_300, to, state: 'closed' }]);
    const events = [1_400, 1_200].map((at, index) => ({ ...opened, at, instance: ['one', 'two'][index]! }));
    const [lane] = layLanes({ ...young, events }, { [NAME]: 'open' });
    expect(lane?.parts).toEqual([
      { from: 1_300, to: 1_400, state: 'closed' },
      { from: 1_400, to, state: 'open' },
      { from: 1_200, to, state: 'open' },
    ]);
    const past = layLanes({ ...young, to: 1_250 }, { [NAME]: 'closed' });
    expect(past[0]?.parts).toEqual([]);
  });

  it('ends the state of before a restart with the restart', () => {
    const restarted = { ...timeline, answers: { ...timeline.answers, since: 1_300 } };
    const [lane] = layLanes(restarted, { [NAME]: 'closed' });
    expect(lane?.parts).toEqual([
      { from: 500, to: 1_300, state: 'open' },
      { from: 1_300, to, state: 'closed' },
    ]);
  });

  it('is empty before the oldest event where there are more than are listed', () => {
    const closed = { ...opened, at: 1_200, from_state: 'open', to_state: 'closed' };
    const [lane] = layLanes({ ...timeline, events: [closed], truncated: true }, { [NAME]: 'closed' });
    expect(lane).toMatchObject({ parts: [{ from: 1_200, to, state: 'closed' }], drills: [] });
  });
});
