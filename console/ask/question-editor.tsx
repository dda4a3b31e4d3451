import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { fitHeight, isSending } from './composer.tsx';
import { changeQuestion } from './conversation/conversation.ts';
import { MAX_QUESTION_CHARS } from './conversation/messages.ts';
import type { Turn } from './conversation/turn.ts';

interface Props {
  turn: Turn;
  isLast: boolean;
  onEnd: () => void;
}

/** A question that was asked, to be asked differently. */
export function QuestionEditor({ turn, isLast, onEnd }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
  const text = useSignal(turn.question);
  const { length } = text.value.trim();
  useLayoutEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(text.value.length, text.value.length);
  }, []);
  useLayoutEffect(() => fitHeight(field.current), [text.value]);
  const send = () => {
    const question = text.peek().trim();
    if (question === '' || question.length > MAX_QUESTION_CHARS) return;
    changeQuestion(turn, question);
    document.getElementById('question')?.focus({ preventScroll: true });
  };
  const cancel = () => {
    onEnd();
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-edit="${turn.key}"]`)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && !event.isComposing) {
      event.preventDefault();
      cancel();
    } else if (isSending(event)) {
      event.preventDefault();
      send();
    }
  };
  return (
    <form
      class="ask-editor"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={field}
        dir="auto"
        rows={1}
        aria-label="Edit this question"
        aria-invalid={length > MAX_QUESTION_CHARS}
        value={text.value}
        onInput={({ currentTarget }) => (text.value = currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {!isLast && <p class="ask-hint">The questions and answers after this one will be removed.</p>}
      {length > MAX_QUESTION_CHARS && (
        <p class="ask-hint fault">Please shorten the question to 4,000 characters.</p>
      )}
      <div class="row">
        <button type="submit" class="primary" disabled={length === 0 || length > MAX_QUESTION_CHARS}>
          Ask this instead
        </button>
        <button type="button" onClick={cancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}
