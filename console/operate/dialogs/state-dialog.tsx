import { useSignal } from '@preact/signals';
import { changeState, type WantedState } from '../actions.ts';
import { DurationField, Preview, ReasonFields } from './dialog-fields.tsx';
import { OperateDialog } from './operate-dialog.tsx';
import { previewState, type Outlook } from './preview.ts';

const CHOICES: { wanted: WantedState; label: string; hint: string; confirm: string }[] = [
  { wanted: 'open', label: 'Force open', hint: 'refuse every call for a time', confirm: 'Force open' },
  {
    wanted: 'closed',
    label: 'Force closed',
    hint: 'let every call through for a time',
    confirm: 'Force closed',
  },
  { wanted: 'half-open', label: 'Try now', hint: 'let trial calls through at once', confirm: 'Try now' },
  { wanted: 'reset', label: 'Reset', hint: 'close it and forget all failures', confirm: 'Reset' },
];
const DURATIONS = [60, 300, 900, 3_600, 14_400, 86_400];

/** Changes the state of a guard. */
export function StateDialog({ outlook, onClose }: { outlook: Outlook; onClose: () => void }) {
  const { guard } = outlook;
  const wanted = useSignal<WantedState>('open');
  const seconds = useSignal(900);
  const reason = useSignal('');
  const isTimed = wanted.value === 'open' || wanted.value === 'closed';
  const apply = () =>
    changeState(guard, wanted.value, { ttlSeconds: seconds.value, reason: reason.value.trim() });
  return (
    <OperateDialog
      title={`Change the state of ${guard.name}`}
      confirm={CHOICES.find((choice) => choice.wanted === wanted.value)?.confirm ?? 'Apply'}
      isDangerous={wanted.value === 'open'}
      onConfirm={apply}
      onClose={onClose}
    >
      <fieldset class="operate-choices">
        <legend>State</legend>
        {CHOICES.map(({ wanted: choice, label, hint }) => (
          <label key={choice}>
            <input
              type="radio"
              name="state"
              value={choice}
              checked={wanted.value === choice}
              onChange={() => (wanted.value = choice)}
            />
            <span>
              <strong>{label}</strong> <span class="soft">{hint}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {isTimed && <DurationField seconds={seconds} choices={DURATIONS} />}
      <ReasonFields reason={reason} />
      <Preview sentences={previewState(outlook, wanted.value, seconds.value)} />
    </OperateDialog>
  );
}
