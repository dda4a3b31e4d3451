import { z } from 'zod';
import { AppError } from '../http/app-error.ts';
import type { StreamPolicy } from '../query/answer-stream/answer-event.ts';

const POLICIES = new Map<string, StreamPolicy>([
  ['failsoft', 'append'],
  ['failsoft/whole', 'whole'],
]);

/** The names of the models, which answer alike and stream differently. */
export const MODELS = [...POLICIES.keys()];

/**
 * How a model streams.
 * @throws AppError `model_not_found`
 */
export function policyOf(model: string): StreamPolicy {
  const policy = POLICIES.get(model);
  if (policy === undefined) throw new AppError('model_not_found');
  return policy;
}

/** A model as OpenAI's API describes it. */
export const modelSchema = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.number().describe('Epoch seconds'),
  owned_by: z.string(),
});

/** The list of models. */
export const modelListSchema = z.object({ object: z.literal('list'), data: z.array(modelSchema) });
