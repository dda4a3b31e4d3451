import type { ComponentChild } from 'preact';
import { linkTo } from '../shared/route.ts';
import type { Metadata, Notice } from './conversation/answer-types.ts';
import { askAgain, deferAnswer } from './conversation/conversation.ts';
import { focusNewest } from './end-follower.tsx';
import { NextTry } from './next-try.tsx';
import { describeKind, describeReason } from './conversation/reasons.ts';
import { describeAge } from './times.tsx';
import type { Turn, Waiting } from './conversation/turn.ts';

/** Failures that pass by themselves. */
const PASSING = new Set(['service_unavailable', 'overloaded', 'too_many_requests', 'answer_interrupted', '']);

/** One calm line above an answer that is less than usual, or in the place of one that there is not. */
export function AnswerNotice({ turn, isLast }: { turn: Turn; isLast: boolean }) {
  const { failure, metadata, notice, waiting } = turn;
  if (failure.value) {
    const { code, message } = failure.value;
    const isPassing = PASSING.has(code);
    return (
      <Line kind={isPassing ? 'No answer right now' : 'This question was not answered'}>
        <p>
          {message} {isLast && code === 'service_unavailable' && <NextTry targets={[]} />}
        </p>
        <Waits turn={turn} canWait={code === 'service_unavailable'} canRepeat={isLast} />
      </Line>
    );
  }
  const shown = metadata.value ?? notice.value;
  return (
    <>
      {waiting.value?.state === 'arrived' && (
        <p class="ask-soft-line">This is the answer that you asked to have later.</p>
      )}
      {shown?.notice ? (
        <Degraded shown={shown} turn={turn} isLast={isLast} />
      ) : (
        <Rehearsal guards={metadata.value?.drill} />
      )}
    </>
  );
}

function Degraded({ shown, turn, isLast }: { shown: Metadata | Notice; turn: Turn; isLast: boolean }) {
  const isWhole = 'attempts' in shown;
  const kind = describeKind(shown.fallback_source);
  const reason = describeReason(shown);
  const isOver = isWhole && isLast;
  const missed = isWhole
    ? shown.attempts.filter(({ outcome }) => outcome !== 'success').map(({ target }) => target)
    : [];
  const canPass = reason !== undefined && !shown.fallback_reason?.startsWith('content_refused');
  return (
    <Line kind={kind ?? shown.notice ?? ''} drill={isWhole ? shown.drill : null}>
      <p>
        {isWhole && shown.matched_question !== null && (
          <>
            To “<bdi>{shown.matched_question}</bdi>”.{' '}
          </>
        )}
        {isWhole && shown.cached_at !== null && <>Made {describeAge(Date.parse(shown.cached_at))}. </>}
        {reason !== undefined && <>Shown because {reason}. </>}
        {'provisional' in shown && shown.provisional && !turn.metadata.value && (
          <>Should the language model still answer, its answer takes this place. </>
        )}
        {isOver && canPass && <NextTry targets={missed} />}
      </p>
      {isOver && shown.fallback_source !== null && <Waits turn={turn} canWait={canPass} canRepeat />}
    </Line>
  );
}

interface LineProps {
  kind: string;
  drill?: string[] | null | undefined;
  children: ComponentChild;
}

function Line({ kind, drill, children }: LineProps) {
  return (
    <div class="ask-notice" dir="auto">
      <p class="ask-notice-kind">{kind}</p>
      {children}
      <Rehearsal guards={drill} />
    </div>
  );
}

/** That an operator rehearses an outage of these guards, which the answer has met. */
function Rehearsal({ guards }: { guards: LineProps['drill'] }) {
  if (!guards?.length) return null;
  return (
    <p class="ask-soft-line">
      This is a rehearsal: an operator simulates an outage of{' '}
      {guards.map((name, index) => (
        <>
          {index > 0 && ', '}
          <a href={linkTo('operate', name)}>{name}</a>
        </>
      ))}
      .
    </p>
  );
}

const STATES: Readonly<Record<Exclude<Waiting['state'], 'arrived'>, string>> = {
  asking: 'Asking the service to keep this question …',
  waiting: 'The question is kept. Its answer will appear here, also after a reload.',
  refused: 'The service cannot keep this question now. Please try again in a while.',
  gone: 'The answer could not be made in time, or shows a document that was deleted.',
};

function Waits({ turn, canWait, canRepeat }: { turn: Turn; canWait: boolean; canRepeat: boolean }) {
  const state = turn.waiting.value?.state;
  const isWaiting = state === 'asking' || state === 'waiting';
  return (
    <>
      {state !== undefined && state !== 'arrived' && (
        <p class={`ask-waiting ask-${state}`}>{STATES[state]}</p>
      )}
      <div class="row">
        {canWait && !isWaiting && (
          <button type="button" onClick={() => deferAnswer(turn)}>
            Answer me when it works
          </button>
        )}
        {canRepeat && !isWaiting && (
          <button type="button" onClick={() => (askAgain(turn), focusNewest())}>
            Try again
          </button>
        )}
      </div>
    </>
  );
}
