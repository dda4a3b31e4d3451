import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { keepAdminKey } from '../../shared/admin-key.ts';
import { ApiError, callJson } from '../../shared/api.ts';
import { announce } from '../../shared/status.ts';
import { OperateDialog } from './operate-dialog.tsx';

/** Asks for the admin key and checks it at once. */
export function KeyDialog({ onClose, onKept }: { onClose: () => void; onKept?: (() => void) | undefined }) {
  const id = useId();
  const key = useSignal('');
  const check = async () => {
    const given = key.value.trim();
    // It is kept only when it is right: everything that is read with it would count as a wrong key, too.
    const headers = { authorization: `Bearer ${given}` };
    await callJson('admin/circuit-breakers', { headers }).catch((error: unknown) => {
      throw new Error(explain(error));
    });
    keepAdminKey(given);
    announce('The key is right.');
    onKept?.();
  };
  return (
    <OperateDialog title="Admin key" confirm="Use this key" onConfirm={check} onClose={onClose}>
      <p>Everything here can be read without a key. To change something, the service wants its admin key.</p>
      <ul class="operate-hints">
        <li>
          It is the variable <code>ADMIN_TOKEN</code> that the service was started with.
        </li>
        <li>
          On your own machine it is in the file <code>admin-key</code> of <code>DATA_DIR</code>, and{' '}
          <code>npm start</code> prints an address that brings it along.
        </li>
      </ul>
      <div class="operate-field operate-field-wide">
        <label for={id}>Key</label>
        <input
          id={id}
          type="password"
          class="mono"
          required
          pattern={String.raw`\s*[!-~]+\s*`}
          title="letters, digits and signs, without spaces"
          autocomplete="off"
          value={key}
          onInput={(event) => (key.value = event.currentTarget.value)}
        />
      </div>
      <p class="soft">The key stays in this tab until the tab is closed.</p>
    </OperateDialog>
  );
}

function explain(error: unknown): string {
  if (!(error instanceof ApiError)) return String(error);
  if (error.status === 401) return 'This is not the key of the service.';
  if (error.status === 404)
    return 'This service has no admin key, and so nothing can be changed here. Set ADMIN_TOKEN and start it again.';
  if (error.status === 429)
    return `Too many wrong keys. Try again in ${error.retryAfterSeconds ?? 60} seconds.`;
  return error.message;
}
