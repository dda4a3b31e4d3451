import { linkTo } from '../../shared/route.ts';
import { sayTime } from '../format.ts';
import { countAnswers, eventsWithin, sayEvent, type TimeSpan } from './timeline-model.ts';
import type { Timeline, TimelineEvent } from '../types.ts';

/** The most rows of the table. Raised, the page becomes long. */
const MAX_ROWS = 100;

/** What happened in a span: the answers by source, and the events as a table. */
export function TimelineEvents({ timeline, span, isSelected }: Props) {
  const events = eventsWithin(timeline, span);
  const answers = countAnswers(timeline, span);
  return (
    <div class="operate-events">
      <h3>{isSelected ? 'In the selected span' : 'In this time'}</h3>
      <ul class="operate-legend">
        {answers.map(([label, source, count]) => (
          <li key={source}>
            <svg width="12" height="12" aria-hidden="true" class={`operate-source-${source}`}>
              <rect width="12" height="12" rx="2" fill="currentColor" />
            </svg>
            <b>{count}</b> {label}
          </li>
        ))}
        {answers.length === 0 && <li class="soft">No question was answered.</li>}
      </ul>
      {events.length === 0 ? (
        <p class="soft">No state changed, and nobody did anything.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Where</th>
              <th scope="col">What</th>
              <th scope="col">Who</th>
            </tr>
          </thead>
          <tbody>
            {events.slice(0, MAX_ROWS).map((event) => (
              <Row key={`${event.at} ${event.kind} ${event.guard} ${sayEvent(event)}`} event={event} />
            ))}
          </tbody>
        </table>
      )}
      {(events.length > MAX_ROWS || timeline.truncated) && (
        <p class="soft">There are more events than are shown. Select a shorter span to see them.</p>
      )}
    </div>
  );
}

interface Props {
  timeline: Timeline;
  span: TimeSpan;
  isSelected: boolean;
}

function Row({ event }: { event: TimelineEvent }) {
  const isAction = event.kind === 'action';
  return (
    <tr data-kind={event.kind}>
      <td>
        <time datetime={new Date(event.at * 1_000).toISOString()}>{sayTime(event.at)}</time>
      </td>
      <td>
        <a href={linkTo('operate', event.guard)}>{event.guard}</a>
      </td>
      <td dir="auto">
        {sayEvent(event)}
        {isAction && event.reason !== null && <span class="soft"> “{event.reason}”</span>}
      </td>
      <td dir="auto">{isAction ? event.actor : <span class="soft">{event.instance}</span>}</td>
    </tr>
  );
}
