import { useLayoutEffect, useRef } from 'preact/hooks';
import { ask, draft, isAnswering, stopAnswering, turns } from './conversation/conversation.ts';
import { MAX_QUESTION_CHARS } from './conversation/messages.ts';

/** From here on the field shows how many characters are left. */
const NEAR_LIMIT = MAX_QUESTION_CHARS - 500;

/** Whether a key press sends what is written. A press that ends the input of an input method does not. */
export function isSending(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
}

/** A field as high as its text, for browsers that do not do that by themselves. */
export function fitHeight(field: HTMLTextAreaElement | null): void {
  if (!field || CSS.supports('field-sizing', 'content')) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight + 2}px`;
}

/** Asks what is written by now, which may be more than what was rendered last. */
function send(): void {
  const question = draft.peek().trim();
  if (question === '' || question.length > MAX_QUESTION_CHARS) return;
  draft.value = '';
  ask(question);
}

function sendOnEnter(event: KeyboardEvent): void {
  if (!isSending(event)) return;
  event.preventDefault();
  send();
}

/** Where a question is written. */
export function Composer() {
  const field = useRef<HTMLTextAreaElement>(null);
  const text = draft.value;
  const length = text.trim().length;
  const isTooLong = length > MAX_QUESTION_CHARS;
  useLayoutEffect(() => fitHeight(field.current), [text]);
  const stop = () => {
    stopAnswering();
    field.current?.focus({ preventScroll: true });
  };
  return (
    <form
      class="ask-composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label class="visually-hidden" for="question">
        Your question
      </label>
      <textarea
        id="question"
        ref={field}
        dir="auto"
        rows={1}
        value={text}
        placeholder={turns.value.length === 0 ? 'Ask a question …' : 'Ask a follow-up question …'}
        aria-describedby="question-hint"
        aria-invalid={isTooLong}
        autocomplete="off"
        onInput={({ currentTarget }) => (draft.value = currentTarget.value)}
        onKeyDown={sendOnEnter}
      />
      {isAnswering.value && (
        <button type="button" class="ask-send" onClick={stop}>
          <span class="ask-stop-sign" aria-hidden="true" /> Stop
        </button>
      )}
      {(!isAnswering.value || length > 0) && (
        <button type="submit" class="primary ask-send" disabled={length === 0 || isTooLong}>
          Ask
        </button>
      )}
      <p id="question-hint" class={isTooLong ? 'ask-hint fault' : 'ask-hint'}>
        {length > NEAR_LIMIT
          ? `${length.toLocaleString('en')} of ${MAX_QUESTION_CHARS.toLocaleString('en')} characters${isTooLong ? ': please shorten the question' : ''}`
          : 'Enter asks, Shift and Enter begins a new line.'}
      </p>
    </form>
  );
}
