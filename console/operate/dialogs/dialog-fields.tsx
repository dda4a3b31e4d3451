import type { Signal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { actorName } from '../actions.ts';

/** How long something lasts, in minutes of a list. */
export function DurationField({ seconds, choices }: { seconds: Signal<number>; choices: number[] }) {
  const id = useId();
  return (
    <div class="operate-field">
      <label for={id}>Ends after</label>
      <select
        id={id}
        value={String(seconds.value)}
        onInput={(event) => (seconds.value = Number(event.currentTarget.value))}
      >
        {choices.map((choice) => (
          <option key={choice} value={String(choice)}>
            {sayChoice(choice)}
          </option>
        ))}
      </select>
    </div>
  );
}

function sayChoice(seconds: number): string {
  if (seconds < 60) return `${seconds} seconds`;
  if (seconds < 3_600) return seconds === 60 ? '1 minute' : `${seconds / 60} minutes`;
  return seconds === 3_600 ? '1 hour' : `${seconds / 3_600} hours`;
}

/** Why something is done, and by whom, for the audit trail. */
export function ReasonFields({ reason }: { reason: Signal<string> }) {
  const [reasonId, nameId] = [useId(), useId()];
  return (
    <div class="operate-fields">
      <div class="operate-field operate-field-wide">
        <label for={reasonId}>Reason</label>
        <input
          id={reasonId}
          dir="auto"
          maxLength={500}
          autocomplete="off"
          placeholder="optional"
          value={reason}
          onInput={(event) => (reason.value = event.currentTarget.value)}
        />
      </div>
      <div class="operate-field">
        <label for={nameId}>Your name</label>
        <input
          id={nameId}
          maxLength={100}
          dir="auto"
          autocomplete="name"
          placeholder="optional"
          value={actorName}
          onInput={(event) => (actorName.value = event.currentTarget.value.trim())}
        />
      </div>
    </div>
  );
}

/** What something will cost, in words. */
export function Preview({ sentences }: { sentences: string[] }) {
  return (
    <div class="operate-preview">
      <strong>What this does</strong>
      {sentences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </div>
  );
}
