import { sayTime } from '../format.ts';
import { sayEvent, type Lane, type TimeSpan } from './timeline-model.ts';

/** How high a state is drawn: the worse, the higher, so that colour is not alone. */
const HEIGHTS: Record<string, number> = { closed: 4, 'half-open': 10, open: 16 };
const LANE_HEIGHT = 18;
const CLASSES: Record<string, string> = {
  closed: 'operate-fill-good',
  'half-open': 'operate-fill-warn',
  open: 'operate-fill-bad',
};

interface Props {
  lanes: Lane[];
  span: TimeSpan;
  selected: TimeSpan | undefined;
}

/** The states of the guards, drills and actions, on the axis of time of the chart above. */
export function Lanes({ lanes, span, selected }: Props) {
  const percent = (at: number) =>
    `${Math.min(100, Math.max(0, (100 * (at - span.from)) / (span.to - span.from)))}%`;
  const width = ({ from, to }: TimeSpan) => `${parseFloat(percent(to)) - parseFloat(percent(from))}%`;
  return (
    <ul class="operate-lanes">
      {lanes.map((lane) => (
        <li key={lane.guard}>
          <span class="operate-lane-name">{lane.guard}</span>
          <svg class="operate-lane" width="100%" height={LANE_HEIGHT} role="img" aria-label={sayLane(lane)}>
            {selected && (
              <rect
                class="operate-lane-selected"
                x={percent(selected.from)}
                width={width(selected)}
                height={LANE_HEIGHT}
              />
            )}
            {lane.parts
              .toSorted((a, b) => (HEIGHTS[a.state] ?? 0) - (HEIGHTS[b.state] ?? 0))
              .map((part) => {
                const height = HEIGHTS[part.state] ?? 4;
                return (
                  <rect
                    key={`${part.from} ${part.state}`}
                    class={CLASSES[part.state] ?? 'operate-fill-none'}
                    x={percent(part.from)}
                    y={LANE_HEIGHT - height}
                    width={width(part)}
                    height={height}
                  >
                    <title>{`${lane.guard} ${part.state}, ${sayTime(part.from)} to ${sayTime(part.to)}`}</title>
                  </rect>
                );
              })}
            {lane.drills.map((drill) => (
              <rect
                key={drill.from}
                class="operate-lane-drill"
                x={percent(drill.from)}
                width={width(drill)}
                y="1"
                height="3"
              >
                <title>{`drill, ${sayTime(drill.from)} to ${sayTime(drill.to)}`}</title>
              </rect>
            ))}
            {lane.actions.map((action) => (
              <svg key={action.at} x={percent(action.at)} overflow="visible">
                <path class="operate-lane-action" d="M0 3 5 9 0 15-5 9Z">
                  <title>{`${sayEvent(action)}, ${sayTime(action.at)}`}</title>
                </path>
              </svg>
            ))}
          </svg>
        </li>
      ))}
    </ul>
  );
}

function sayLane({ guard, parts, drills, actions }: Lane): string {
  const states = parts
    .toSorted((a, b) => a.from - b.from)
    .slice(-10)
    .map(({ state, from }) => `${state} from ${sayTime(from)}`);
  const marks = [
    drills.length > 0 ? `${drills.length} drills` : '',
    actions.length > 0 ? `${actions.length} actions` : '',
  ].filter(Boolean);
  return `${guard}: ${[...states, ...marks].join(', ')}`;
}
