import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { changeSettings } from '../actions.ts';
import { Preview, ReasonFields } from './dialog-fields.tsx';
import { sayDuration } from '../format.ts';
import { OperateDialog } from './operate-dialog.tsx';
import type { Guard, Settings } from '../types.ts';

type NumberKey = Exclude<keyof Settings, 'enabled' | 'strategy'>;

const NUMBERS: { key: NumberKey; label: string; max: number }[] = [
  { key: 'fail_threshold', label: 'Failures that open it', max: 10_000 },
  { key: 'timeout_seconds', label: 'Stays open for (seconds)', max: 300 },
  { key: 'reset_timeout', label: 'Failures count for (seconds)', max: 86_400 },
  { key: 'success_threshold', label: 'Successes that close it', max: 1_000 },
  { key: 'half_open_max_calls', label: 'Trial calls at a time', max: 1_000 },
];
const WORDS: { key: 'strategy' | 'enabled'; label: string; choices: [string, string][] }[] = [
  {
    key: 'strategy',
    label: 'Opens after failures',
    choices: [
      ['consecutive', 'in a row'],
      ['rate', 'of more than half of the calls'],
      ['count', 'among the last 100 calls'],
    ],
  },
  {
    key: 'enabled',
    label: 'Circuit breaker',
    choices: [
      ['true', 'on'],
      ['observe', 'only observes'],
      ['false', 'off'],
    ],
  },
];

/** Changes the thresholds of a guard. */
export function ThresholdsDialog(props: {
  guard: Guard;
  settings: Settings;
  defaults: Settings;
  onClose: () => void;
}) {
  const { guard, onClose } = props;
  // Settings that are read meanwhile must not replace what is being typed.
  const former = useSignal(props.settings).value;
  const wanted = useSignal<Settings>(former);
  const reason = useSignal('');
  const id = useId();
  const changes = Object.fromEntries(
    Object.entries(wanted.value).filter(([key, value]) => value !== former[key as keyof Settings]),
  ) as Partial<Settings>;
  const apply = () => {
    if (Object.keys(changes).length === 0) throw new Error('Nothing has been changed.');
    return changeSettings(guard, former, props.defaults, changes, reason.value.trim());
  };
  const set = (key: keyof Settings, value: string | number) =>
    (wanted.value = { ...wanted.value, [key]: value });
  return (
    <OperateDialog
      title={`Thresholds of ${guard.name}`}
      confirm="Change"
      onConfirm={async () => apply()}
      onClose={onClose}
    >
      <div class="operate-fields">
        {NUMBERS.map(({ key, label, max }) => (
          <div class="operate-field" key={key}>
            <label for={`${id}-${key}`}>{label}</label>
            <input
              id={`${id}-${key}`}
              type="number"
              required
              min={1}
              max={max}
              step={1}
              value={wanted.value[key]}
              onInput={(event) => set(key, event.currentTarget.valueAsNumber)}
            />
          </div>
        ))}
        {WORDS.map(({ key, label, choices }) => (
          <div class="operate-field" key={key}>
            <label for={`${id}-${key}`}>{label}</label>
            <select
              id={`${id}-${key}`}
              value={wanted.value[key]}
              onInput={(event) => set(key, event.currentTarget.value)}
            >
              {choices.map(([value, words]) => (
                <option key={value} value={value}>
                  {words}
                </option>
              ))}
            </select>
          </div>
        ))}
      </div>
      <ReasonFields reason={reason} />
      <Preview sentences={describe(wanted.value)} />
    </OperateDialog>
  );
}

function describe({ enabled, strategy, ...numbers }: Settings): string[] {
  if (enabled === 'false') return ['Every call goes through and nothing is counted.'];
  const { fail_threshold: failures, timeout_seconds: openFor, success_threshold: successes } = numbers;
  const when = {
    consecutive: `after ${failures} failures in a row`,
    rate: `when more than half of the calls of ${sayDuration(numbers.reset_timeout)} failed, of at least ${failures}`,
    count: `after ${failures} failures among the last 100 calls`,
  }[strategy];
  const rejects = enabled === 'observe' ? ' It only observes: no call is refused.' : '';
  return [
    `It opens ${when}, for ${sayDuration(openFor)}, and closes after ${successes} good trials.${rejects}`,
    'It applies at once and in every instance, also after a restart. What was counted so far still counts.',
  ];
}
