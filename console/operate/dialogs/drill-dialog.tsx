import { useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';
import { ApiError, callJson } from '../../shared/api.ts';
import { beginDrill } from '../actions.ts';
import { DurationField, Preview, ReasonFields } from './dialog-fields.tsx';
import { sayDuration, sayShare } from '../format.ts';
import { OperateDialog } from './operate-dialog.tsx';
import { previewOutage, previewRecovery, type Outlook } from './preview.ts';
import type { Settings } from '../types.ts';

const FAULTS: Record<string, string> = {
  refuse: 'refuses every connection',
  hang: 'takes calls and never answers',
  slow: 'answers late',
  status_503: 'answers “503 service unavailable”',
  rate_limit: 'answers “429 too many requests”',
  garbage: 'answers with rubbish',
  cut_midway: 'breaks off in the middle of an answer',
};
const DURATIONS = [30, 60, 120, 300, 900, 3_600];
const SHARES = [1, 0.5, 0.25, 0.1];

/** Rehearses an outage of a service. */
export function DrillDialog(props: {
  outlook: Outlook;
  settings: Settings | undefined;
  onClose: () => void;
}) {
  const { outlook, settings, onClose } = props;
  const { guard } = outlook;
  const [faultId, shareId] = [useId(), useId()];
  const fault = useSignal('refuse');
  const share = useSignal(1);
  const seconds = useSignal(30);
  const reason = useSignal('');
  /** Those that the service can have. */
  const faults = useSignal<string[]>([]);
  const isOff = useSignal(false);
  useEffect(() => {
    callJson<{ faults: Record<string, string[]> }>('admin/drills', { isAdmin: true }).then(
      ({ faults: ofGuards }) => (faults.value = ofGuards[guard.name] ?? []),
      (error: unknown) => (isOff.value = error instanceof ApiError && error.status === 404),
    );
  }, []);
  const begin = async () => {
    const why = reason.value.trim();
    await beginDrill(guard, {
      fault: fault.value,
      share: share.value,
      ttl_seconds: seconds.value,
      ...(why !== '' && { reason: why }),
    });
  };
  const hit = share.value === 1 ? 'Every call' : `About ${sayShare(share.value)} of the calls`;
  return (
    <OperateDialog
      title={`Rehearse an outage of ${guard.name}`}
      confirm={isOff.value ? undefined : 'Begin the drill'}
      isDangerous
      onConfirm={begin}
      onClose={onClose}
    >
      {isOff.value && (
        <p role="alert">Drills are switched off here. Set DRILLS_ENABLED=true and start the service again.</p>
      )}
      <p class="soft">The service itself is not touched: its calls meet the fault on their way.</p>
      <div class="operate-fields">
        <div class="operate-field operate-field-wide">
          <label for={faultId}>The service</label>
          <select id={faultId} value={fault} onInput={(event) => (fault.value = event.currentTarget.value)}>
            {faults.value.map((value) => (
              <option key={value} value={value}>
                {FAULTS[value] ?? value}
              </option>
            ))}
          </select>
        </div>
        <div class="operate-field">
          <label for={shareId}>Calls hit</label>
          <select
            id={shareId}
            value={String(share.value)}
            onInput={(event) => (share.value = Number(event.currentTarget.value))}
          >
            {SHARES.map((value) => (
              <option key={value} value={String(value)}>
                {value === 1 ? 'all' : sayShare(value)}
              </option>
            ))}
          </select>
        </div>
        <DurationField seconds={seconds} choices={DURATIONS} />
      </div>
      <ReasonFields reason={reason} />
      <Preview
        sentences={[
          `${hit} to ${guard.name} will find that it ${FAULTS[fault.value]}, for ${sayDuration(seconds.value)} or until you end the drill.`,
          ...previewOutage(outlook),
          'Real questions meet it, too, and their answers say so. A question asked before is answered from the cache: ask a new one.',
          previewRecovery(settings, guard),
        ]}
      />
    </OperateDialog>
  );
}
