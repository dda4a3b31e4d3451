import { z } from 'zod';
import { answerResponseSchema } from '../query/answer/response.ts';
import { eventData } from '../query/answer-stream/answer-event.ts';
import { errorSchema } from './errors.ts';

const id = z.string().describe('`<stream>.<number>`, counted from 1');

/** One event of a stream of `POST /query`, decoded: its id, its name and its data. */
export const streamEventSchema = z
  .discriminatedUnion('event', [
    z.object({ id, event: z.literal('sources'), data: eventData.sources }),
    z.object({ id, event: z.literal('notice'), data: eventData.notice }),
    z.object({ id, event: z.literal('token'), data: eventData.token }),
    z.object({ id, event: z.literal('reset'), data: eventData.reset }),
    z.object({ id, event: z.literal('done'), data: answerResponseSchema }),
    z.object({ id, event: z.literal('error'), data: errorSchema }),
  ])
  .describe('One event of a stream: its id, its name and its data, which is sent as JSON');
