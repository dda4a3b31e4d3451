import type { ModelLimits, RequestOptions } from '../../config/app-config.ts';
import type { Needs } from '../../resilience/guard/learnt-needs.ts';
import type { Sampling } from '../../models/generation.ts';
import type { RequestPart } from '../complaint.ts';
import { UpstreamError } from '../errors.ts';

/** The most tokens of an answer, including the reasoning before it. Raising it allows longer and dearer answers. */
export const MAX_TOKENS = 2_048;
/** Share of a learnt context that is kept for the answer, as where a target's URL declares a context alone. */
export const ANSWER_SHARE = 0.25;

/** Statuses of refusals. Servers that render a model's own template answer 500 when it refuses a role. */
const REFUSALS = new Set([400, 413, 422, 500]);

/** Statuses of refusals of a value. */
const OF_PARAMETERS = new Set([400, 422]);

/** The options of a target with what was learnt of it. */
export type AdaptedOptions = RequestOptions & Pick<Needs, 'stream_options'>;

/** Adds what was learnt of a target to its options. */
export function withNeeds(options: RequestOptions, needs: Needs | null): AdaptedOptions {
  return {
    stream_options: needs?.stream_options,
    maxTokensField: needs?.max_tokens_field ?? options.maxTokensField,
    temperature: needs?.temperature ?? options.temperature,
    system: needs?.system ?? options.system,
  };
}

/** The most tokens of a target's answer, and of its prompt where its context is declared or was learnt. */
export function tokenLimits(
  { contextTokens, maxOutputTokens = MAX_TOKENS }: ModelLimits,
  needs: Needs | null,
) {
  const learnt = needs?.context_tokens;
  if (learnt === undefined || learnt > (contextTokens ?? learnt)) {
    const promptTokens = contextTokens === undefined ? undefined : contextTokens - maxOutputTokens;
    return { promptTokens, answerTokens: maxOutputTokens };
  }
  const answerTokens = Math.min(maxOutputTokens, Math.floor(learnt * ANSWER_SHARE));
  return { promptTokens: learnt - answerTokens, answerTokens };
}

/**
 * How a refused request is to be changed.
 * @param sent how it was sent
 * @param refused the fields for the answer's length that were refused before; that of this request is added
 * @param chosen what the caller chose; a parameter that is refused is removed, and not remembered, since its value may be why
 * @returns undefined when the error does not name a part that can be changed
 */
export function adaptRequest(
  error: unknown,
  sent: AdaptedOptions,
  refused: Set<RequestPart>,
  chosen: Sampling,
): Needs | undefined {
  if (!(error instanceof UpstreamError) || !REFUSALS.has(error.status)) return undefined;
  const field = sent.maxTokensField ?? 'max_tokens';
  for (const part of error.body.complaint?.parts ?? []) {
    if (isParameter(part) && chosen[part] !== undefined) {
      delete chosen[part];
      return {};
    }
    if (part === 'temperature' && sent.temperature !== 'none') return { temperature: 'none' };
    if (part === 'stream_options' && sent.stream_options !== 'none') return { stream_options: 'none' };
    if (part === 'system' && sent.system !== 'user') return { system: 'user' };
    // Some services call the limit max_tokens, whichever field carries it.
    if (field === 'none' || (part !== 'max_tokens' && part !== 'max_completion_tokens')) continue;
    refused.add(field);
    const other = field === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
    return { max_tokens_field: refused.has(other) ? 'none' : other };
  }
  // What the caller chose may be why, in words that nobody knows.
  const { status, body } = error;
  if (!OF_PARAMETERS.has(status) || body.contentRefused || body.complaint?.tooLong || body.page)
    return undefined;
  const parameters = Object.keys(chosen).filter(isParameter);
  for (const parameter of parameters) delete chosen[parameter];
  return parameters.length > 0 ? {} : undefined;
}

function isParameter(part: string): part is 'temperature' | 'top_p' | 'stop' | 'seed' {
  return part === 'temperature' || part === 'top_p' || part === 'stop' || part === 'seed';
}
