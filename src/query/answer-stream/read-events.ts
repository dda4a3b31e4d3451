import { SharedTurns } from '../../resilience/time/own-turn.ts';
import { toAppError } from '../../http/to-app-error.ts';
import { AppError } from '../../http/app-error.ts';
import type { AnswerEvent, StreamPolicy } from './answer-event.ts';
import type { Source } from '../answer/answer.ts';
import { isSame, type AnswerProgress, type ProgressEntry } from './answer-progress.ts';

/**
 * Reads the events of an answer in the making, by a policy. The same progress, policy and start give the same events again.
 * @param start the position of the first entry
 * @throws the signal's reason
 */
export async function* readEvents(
  progress: AnswerProgress,
  { policy, start }: { policy: StreamPolicy; start: number },
  signal: AbortSignal,
): AsyncGenerator<AnswerEvent> {
  if (policy !== 'whole') progress.isRead = true;
  const toEvents = readers[policy]();
  const turns = new SharedTurns();
  for (let position = start; ; position++) {
    await turns.endStep();
    const entry = await progress.at(position, signal);
    for (const event of entry.type === 'failed' ? [toErrorEvent(entry.error)] : toEvents(entry)) {
      yield event;
      if (event.type === 'done' || event.type === 'error') return;
    }
  }
}

type Entry = Exclude<ProgressEntry, { type: 'failed' }>;
type Notice = Extract<AnswerEvent, { type: 'notice' }>;

/** By policy: creates what turns the entries, one after the other, into events. */
const readers: Record<StreamPolicy, () => (entry: Entry) => AnswerEvent[]> = {
  live: () => (entry) => (entry.type === 'usable' ? [] : [entry]),

  append() {
    let hasText = false;
    let isEnough = false;
    return (entry) => {
      if (entry.type === 'usable') return [{ type: 'done', answer: entry.answer }];
      if (entry.type === 'reset') {
        // The thoughts stay in front of the answer that was shown behind them.
        isEnough = hasText && entry.reason === 'text_revised';
        return hasText && !isEnough ? [toErrorEvent(new AppError('answer_interrupted'))] : [];
      }
      if (isEnough && entry.type !== 'done') return [];
      if (entry.type === 'token') hasText = true;
      return [entry.type === 'notice' ? { ...entry, provisional: false } : entry];
    };
  },

  whole() {
    let notice: Notice[] = [];
    let shown: Source[] | undefined;
    const finish = (answer: Extract<AnswerEvent, { type: 'done' }>['answer']): AnswerEvent[] => [
      ...notice,
      { type: 'token', text: answer.answer },
      { type: 'done', answer },
    ];
    return (entry) => {
      if (entry.type === 'sources') {
        // No text was taken back, so the passages of a target that broke off are still there.
        if (shown && isSame(shown, entry.sources)) return [];
        shown = entry.sources;
        return [entry];
      }
      if (entry.type === 'notice') notice = [{ ...entry, provisional: false }];
      if (entry.type === 'reset') notice = [];
      return entry.type === 'usable' || entry.type === 'done' ? finish(entry.answer) : [];
    };
  },
};

function toErrorEvent(error: unknown): AnswerEvent {
  return { type: 'error', error: toAppError(error) };
}
