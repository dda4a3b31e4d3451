import { useSignal } from '@preact/signals';
import type { ComponentChildren, TargetedSubmitEvent } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';

interface Props {
  title: string;
  /** The word on the button that does it; undefined where it cannot be done. */
  confirm: string | undefined;
  isDangerous?: boolean | undefined;
  /** Does it; what it throws is shown, and the dialog stays. */
  onConfirm: () => Promise<void>;
  onClose: () => void;
  children: ComponentChildren;
}

/** A dialog with one form. The browser keeps the focus in it, and returns the focus when it closes. */
export function OperateDialog({ title, confirm, isDangerous, onConfirm, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const fault = useSignal('');
  const isBusy = useSignal(false);
  // A key that follows at once belongs to the dialog.
  useLayoutEffect(() => dialog.current?.showModal(), []);

  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isBusy.value || !confirm) return;
    isBusy.value = true;
    fault.value = '';
    try {
      await onConfirm();
      dialog.current?.close();
    } catch (error) {
      fault.value = error instanceof Error ? error.message : String(error);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <dialog class="operate-dialog" ref={dialog} tabIndex={-1} aria-labelledby={heading} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <h2 id={heading}>{title}</h2>
        {children}
        <p class="fault" role="alert">
          {fault}
        </p>
        <div class="row operate-dialog-buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          {confirm && (
            <button type="submit" class={isDangerous ? 'operate-danger' : 'primary'} disabled={isBusy}>
              {confirm}
            </button>
          )}
        </div>
      </form>
    </dialog>
  );
}
