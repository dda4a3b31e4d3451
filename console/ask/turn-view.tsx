import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { MarkdownBlocks, type Cite } from '../shared/markdown.tsx';
import { AnswerNotice } from './answer-notice.tsx';
import { askAgain } from './conversation/conversation.ts';
import { focusNewest } from './end-follower.tsx';
import { HowAnswered } from './how-answered.tsx';
import { QuestionEditor } from './question-editor.tsx';
import { describeRestart } from './conversation/reasons.ts';
import { Citation, FoundSources, Sources } from './sources.tsx';
import { Clock } from './times.tsx';
import type { Turn } from './conversation/turn.ts';

/** A question and its answer. */
export function TurnView({ turn, isLast }: { turn: Turn; isLast: boolean }) {
  const isEdited = useSignal(false);
  const edit = () => (isEdited.value = true);
  return (
    <li class="ask-turn">
      {isEdited.value ? (
        <QuestionEditor turn={turn} isLast={isLast} onEnd={() => (isEdited.value = false)} />
      ) : (
        <div class="ask-question">
          <h2 dir="auto">{turn.question}</h2>
          <p class="ask-question-line">
            <Clock at={turn.askedAt} />
            <button type="button" class="plain ask-quiet" data-edit={turn.key} onClick={edit}>
              Edit<span class="visually-hidden"> this question</span>
            </button>
          </p>
        </div>
      )}
      <Answer turn={turn} isLast={isLast} />
    </li>
  );
}

function Answer({ turn, isLast }: { turn: Turn; isLast: boolean }) {
  const cite = useMemo<Cite>(() => (number) => <Citation turn={turn} number={number} />, [turn]);
  const phase = turn.phase.value;
  const lost = turn.lost.value;
  return (
    <div class="ask-answer" tabIndex={-1} aria-busy={turn.isOpen}>
      <AnswerNotice turn={turn} isLast={isLast} />
      {turn.restarts.value.slice(-1).map((restart) => (
        <p key={turn.restarts.value.length} class="ask-soft-line">
          {describeRestart(restart)}
        </p>
      ))}
      {lost && (
        <div class="ask-lost" aria-hidden="true" inert>
          <MarkdownBlocks blocks={lost} cite={undefined} />
        </div>
      )}
      <Text turn={turn} cite={cite} />
      <Progress turn={turn} />
      {phase === 'answered' ? (
        <>
          <Sources text={turn.text} sources={turn.sources.value} />
          <HowAnswered turn={turn} />
        </>
      ) : (
        turn.sources.value.length > 0 && <FoundSources sources={turn.sources.value} />
      )}
      {phase === 'stopped' && <p class="ask-soft-line">Stopped.</p>}
      {isLast && (phase === 'answered' || phase === 'stopped') && (
        <p class="ask-actions">
          <button type="button" class="plain ask-quiet" onClick={() => (askAgain(turn), focusNewest())}>
            Ask again
          </button>
        </p>
      )}
    </div>
  );
}

function Text({ turn, cite }: { turn: Turn; cite: Cite }) {
  const blocks = turn.blocks.value;
  return blocks.length > 0 ? <MarkdownBlocks blocks={blocks} cite={cite} /> : null;
}

function Progress({ turn }: { turn: Turn }) {
  const words = turn.isCutOff.value
    ? 'The connection is lost. Reconnecting …'
    : turn.phase.value === 'searching'
      ? turn.sources.value.length > 0
        ? 'Reading …'
        : 'Searching …'
      : undefined;
  return words === undefined ? null : <p class="ask-progress">{words}</p>;
}
