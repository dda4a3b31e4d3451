import { useComputed } from '@preact/signals';
import { toPlainText } from '../shared/markdown.tsx';
import { ended } from './conversation/conversation.ts';

/** Says whole answers to screen readers, and never the words as they come. */
export function AnswerLog() {
  const said = useComputed(() => {
    const turn = ended.value;
    return (
      turn && {
        key: turn.key + turn.answeredAt,
        text: toPlainText(turn.text),
        notice: turn.metadata.value?.notice,
      }
    );
  });
  const message = said.value;
  return (
    <div class="visually-hidden" role="log" aria-label="Answers">
      {message && (
        <p key={message.key}>
          {message.notice} {message.text}
        </p>
      )}
    </div>
  );
}
