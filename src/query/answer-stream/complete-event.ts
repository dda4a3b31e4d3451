import { toAppError } from '../../http/to-app-error.ts';
import type { Answer } from '../answer/answer.ts';
import type { AnswerEvent } from './answer-event.ts';

/**
 * Completes the end of a stream as the answer of a whole response is completed: `complete` gets the answer, or the error as a
 * rejection, and what it gives takes the place of the event. Other events stay as they are.
 */
export async function completeEvent(
  event: AnswerEvent,
  complete: (answering: Promise<Answer>) => Promise<Answer>,
): Promise<AnswerEvent> {
  if (event.type !== 'done' && event.type !== 'error') return event;
  const answering = event.type === 'done' ? Promise.resolve(event.answer) : Promise.reject(event.error);
  return complete(answering).then(
    (answer) => ({ type: 'done', answer }),
    (error: unknown) => ({ type: 'error', error: toAppError(error) }),
  );
}
