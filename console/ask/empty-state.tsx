import { ask } from './conversation/conversation.ts';

/** About the documentation that a new installation contains. */
const EXAMPLES = ['What is a drill?', 'What does patience mean?', 'When is a question answered later?'];

/** The page before the first question. */
export function EmptyState() {
  return (
    <div class="ask-empty">
      <p class="ask-empty-title">Ask your documents</p>
      <p class="soft">
        Every answer names the passages it was made from, so that you can check it. When a language model
        fails, you still get the best answer there is, and are told what it is.
      </p>
      <ul aria-label="Examples of questions">
        {EXAMPLES.map((question) => (
          <li key={question}>
            <button
              type="button"
              onClick={() => {
                ask(question);
                document.getElementById('question')?.focus({ preventScroll: true });
              }}
            >
              {question}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
