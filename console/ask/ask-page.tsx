import { useLayoutEffect, useRef } from 'preact/hooks';
import { AnswerLog } from './answer-log.tsx';
import { Composer } from './composer.tsx';
import { clearConversation, droppedTurns, turns } from './conversation/conversation.ts';
import { EmptyState } from './empty-state.tsx';
import { EndFollower, goToEnd } from './end-follower.tsx';
import { PassagePanel } from './passage/passage-panel.tsx';
import { shownPassage } from './passage/passage.ts';
import { TurnView } from './turn-view.tsx';

/** The page “Ask”: a conversation, and the passages that its answers cite. */
export function AskPage() {
  const column = useRef<HTMLDivElement>(null);
  const shown = turns.value;
  const last = shown.at(-1);
  // A new question is where its answer will be read.
  useLayoutEffect(goToEnd, [last]);
  return (
    <div class={shownPassage.value ? 'ask ask-with-passage' : 'ask'}>
      <div class="ask-column" ref={column}>
        <header class="ask-head">
          <h1 class={shown.length === 0 ? 'visually-hidden' : undefined}>Ask</h1>
          {shown.length > 0 && (
            <button type="button" class="plain" onClick={beginAnew}>
              New conversation
            </button>
          )}
        </header>
        {shown.length === 0 ? (
          <EmptyState />
        ) : (
          <>
            {droppedTurns.value > 0 && (
              <p class="ask-soft-line">Older questions are no longer kept on this page.</p>
            )}
            <ol class="ask-turns" aria-label="Conversation">
              {shown.map((turn) => (
                <TurnView key={turn.key} turn={turn} isLast={turn === last} />
              ))}
            </ol>
          </>
        )}
        <div class="ask-foot">
          <EndFollower content={column} />
          <Composer />
        </div>
      </div>
      <PassagePanel />
      <AnswerLog />
    </div>
  );
}

function beginAnew(): void {
  clearConversation();
  document.getElementById('question')?.focus();
}
