import { useEffect, useId, useRef } from 'preact/hooks';
import type { TimeSpan } from './timeline-model.ts';

interface Props {
  legend: string;
  span: TimeSpan;
  onChange: (span: TimeSpan) => void;
}

/** Two times as fields. A span that ends before it begins is not taken. */
export function SpanFields({ legend, span, onChange }: Props) {
  const id = useId();
  const take = (change: Partial<TimeSpan>) => {
    const wanted = { ...span, ...change };
    if (wanted.from < wanted.to) onChange(wanted);
  };
  return (
    <fieldset class="operate-span">
      <legend class="visually-hidden">{legend}</legend>
      {(['from', 'to'] as const).map((end) => (
        <div class="operate-span-end" key={end}>
          <label for={`${id}-${end}`}>{end === 'from' ? 'From' : 'To'}</label>
          <TimeField id={`${id}-${end}`} at={span[end]} onChange={(at) => take({ [end]: at })} />
        </div>
      ))}
    </fieldset>
  );
}

/** A time as a field. While somebody is in it, it does not follow `at`, which goes on with the clock. */
function TimeField({ id, at, onChange }: { id: string; at: number; onChange: (at: number) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const shown = toField(at);
  useEffect(() => {
    const { current } = field;
    if (current && current !== document.activeElement) current.value = shown;
  }, [shown]);
  return (
    <input
      id={id}
      ref={field}
      type="datetime-local"
      step={1}
      onChange={({ currentTarget: { value } }) => {
        const wanted = new Date(value).getTime() / 1_000;
        if (Number.isFinite(wanted)) onChange(wanted);
      }}
    />
  );
}

/** Epoch seconds as local time, as the field wants it. */
function toField(seconds: number): string {
  const date = new Date(seconds * 1_000);
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}
