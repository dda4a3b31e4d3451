import { useComputed, useSignal, type Signal } from '@preact/signals';
import type { TargetedKeyboardEvent } from 'preact';
import { useRef } from 'preact/hooks';
import { adminKey } from '../../shared/admin-key.ts';
import { AnswersChart } from './answers-chart.tsx';
import { Lanes } from './lanes.tsx';
import { serviceNow, span, type OperateData } from '../operate-data.ts';
import { SpanFields } from './span-fields.tsx';
import { TimelineEvents } from './timeline-events.tsx';
import { layLanes, type TimeSpan } from './timeline-model.ts';

const QUARTER = 900;
const HOUR = 3_600;
/** A selection by keys begins so wide, and moves by a sixth of the span at least this much, in seconds. */
const STEP_SECONDS = 10;

/** One axis of time for answers, states, actions and drills. */
export function TimelineSection({ data, onAsk }: { data: OperateData; onAsk: () => void }) {
  return (
    <section aria-labelledby="operate-timeline" tabIndex={-1}>
      <div class="operate-section-head">
        <h2 id="operate-timeline">Timeline</h2>
        {adminKey.value !== '' && <SpanChoice />}
      </div>
      {adminKey.value === '' ? (
        <div class="card operate-empty">
          <p>What happened and who did what is shown to those with the admin key.</p>
          <button type="button" onClick={onAsk}>
            Give the key…
          </button>
        </div>
      ) : (
        <TimelineBody data={data} />
      )}
    </section>
  );
}

/** Which time is shown. */
function SpanChoice() {
  const shown = span.value;
  const isCustom = 'from' in shown;
  const lasts = (seconds: number) => !isCustom && shown.lastSeconds === seconds;
  const choose = () => {
    if ('from' in shown) return;
    const to = Math.floor(serviceNow());
    span.value = { from: to - shown.lastSeconds, to };
  };
  return (
    <div class="row operate-span-choice">
      <div class="row" role="group" aria-label="Time shown">
        <button
          type="button"
          aria-pressed={lasts(QUARTER)}
          onClick={() => (span.value = { lastSeconds: QUARTER })}
        >
          15 min
        </button>
        <button type="button" aria-pressed={lasts(HOUR)} onClick={() => (span.value = { lastSeconds: HOUR })}>
          1 h
        </button>
        <button type="button" aria-pressed={isCustom} onClick={choose}>
          Custom
        </button>
      </div>
      {isCustom && (
        <SpanFields legend="Time shown" span={shown} onChange={(wanted) => (span.value = wanted)} />
      )}
    </div>
  );
}

function TimelineBody({ data }: { data: OperateData }) {
  const selection = useSignal<TimeSpan | undefined>(undefined);
  const plot = useRef<HTMLDivElement>(null);
  const timeline = useComputed(() => data.timeline.state.value.value);
  const { failure } = data.timeline.state.value;
  const shown = timeline.value;
  const fault = failure && <p class="fault">The timeline cannot be read: {failure.message}</p>;
  if (!shown) return fault ?? <p class="soft">Nothing has been read yet.</p>;
  // As they were when the timeline was read: a newer state would seem to be as old as the span.
  const guards = Object.values(data.circuits.state.peek().value?.circuit_breakers ?? {});
  const lanes = layLanes(shown, Object.fromEntries(guards.map(({ name, state }) => [name, state])));
  const selected = selection.value;
  return (
    <div class="card operate-timeline">
      {fault}
      {shown.source === 'memory' && (
        <p class="operate-note">
          The database is out. This is what the instance remembers; other instances and earlier days are
          missing.
        </p>
      )}
      <div
        class="operate-plot"
        ref={plot}
        role="group"
        tabIndex={0}
        aria-label="Answers and states over time"
        aria-describedby="operate-plot-keys"
        onKeyDown={(event) => moveSelection(event, selection, shown)}
      >
        <p class="operate-plot-title soft">
          Answers of this instance ({shown.answers.instance}) in each {shown.answers.slot_seconds} seconds, by
          their source
        </p>
        <AnswersChart timeline={timeline} selection={selection} />
        <Lanes lanes={lanes} span={shown} selected={selected} />
      </div>
      <p class="operate-keys soft" id="operate-plot-keys">
        Drag over the chart to select a span, or use the arrow keys: left and right move it, up and down make
        it longer and shorter, Escape ends it. A diamond is an action, a line above a lane a drill.
      </p>
      <div class="row operate-selection">
        <SpanFields
          legend="Selected span"
          span={selected ?? { from: shown.from, to: shown.to }}
          onChange={(wanted) => (selection.value = wanted)}
        />
        {selected && (
          <button
            type="button"
            onClick={() => {
              selection.value = undefined;
              plot.current?.focus();
            }}
          >
            Show all
          </button>
        )}
      </div>
      <TimelineEvents timeline={shown} span={selected ?? shown} isSelected={selected !== undefined} />
    </div>
  );
}

/** Moves and stretches the selection by the arrow keys; the first one selects the newest part. */
function moveSelection(
  event: TargetedKeyboardEvent<HTMLDivElement>,
  selection: Signal<TimeSpan | undefined>,
  shown: TimeSpan,
): void {
  const length = shown.to - shown.from;
  const step = Math.max(STEP_SECONDS, length / 30);
  const selected = selection.value ?? { from: shown.to - length / 6 + step, to: shown.to + step };
  const { from, to } = selected;
  const moved: Record<string, TimeSpan | undefined> = {
    ArrowLeft: { from: from - step, to: to - step },
    ArrowRight: { from: from + step, to: to + step },
    ArrowUp: { from: from - step, to },
    ArrowDown: { from: Math.min(from + step, to - STEP_SECONDS), to },
    Escape: undefined,
  };
  if (!(event.key in moved) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const wanted = moved[event.key];
  if (wanted && (wanted.to <= shown.from || wanted.from >= shown.to)) return;
  selection.value = wanted;
}
