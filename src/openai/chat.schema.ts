import { z } from 'zod';
import type { Sampling } from '../models/generation.ts';
import { MAX_MESSAGES, toConversation } from '../query/conversation/messages.ts';
import { passageFields } from '../query/query.schema.ts';
import { storableText } from '../schemas/fields.ts';
import { limitedList, withShape } from '../schemas/limited-schemas.ts';

const MAX_STOPS = 4;
const MAX_STOP_CHARS = 200;
/** Names in `X-Failsoft-Ignored`, and what a name may be there. Raised, a header of foreign text grows. */
const MAX_IGNORED = 20;
const HEADER_NAME = /^\w{1,40}$/;

const parts = z.array(z.looseObject({ type: z.literal('text'), text: z.string() }));

/** A text, or parts of text, as one text. Messages that call a tool have none. */
const content = withShape(
  z.preprocess(
    (given) => {
      if (!Array.isArray(given)) return given ?? '';
      const read = parts.safeParse(given);
      return read.success ? read.data.map(({ text }) => text).join('\n') : given;
    },
    storableText(z.string('must be a text, or a list of parts with the type text')),
  ),
  z.union([z.string(), parts]).nullish(),
);

const messageSchema = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content,
});

const messages = limitedList(messageSchema, MAX_MESSAGES, {
  error: `At most ${MAX_MESSAGES} messages.`,
  params: { refusal: 'payload_too_large' },
}).transform((given, context) => {
  const turns = given.map(({ role, content: text }) =>
    role === 'user' || role === 'assistant' ? { role, content: text } : undefined,
  );
  const roles = new Set(given.map(({ role }) => role));
  const ignored = [
    ...(roles.has('system') || roles.has('developer') ? ['system'] : []),
    ...(roles.has('tool') || roles.has('function') ? ['tools'] : []),
  ];
  return { ...toConversation(turns, context), ignored };
});

/** A field that changes nothing and is taken with some values, which `shape` describes. Other values are named as a whole. */
function only(shape: z.ZodType, message: string) {
  return withShape(
    z.unknown().refine((value) => value === null || shape.safeParse(value).success, message),
    shape.nullable(),
  ).optional();
}

const unforced = z.enum(['none', 'auto']);
const stopText = storableText(z.string().min(1).max(MAX_STOP_CHARS));

const samplingFields = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  stop: z
    .union(
      [stopText.transform((text) => [text]), z.array(stopText).min(1).max(MAX_STOPS)],
      `must be a text, or 1 to ${MAX_STOPS} texts, of at most ${MAX_STOP_CHARS} characters each`,
    )
    .nullish(),
  seed: z.int().nullish(),
};

const taken = {
  model: z.string().describe('`failsoft`, or `failsoft/whole`, whose streams never break off midway'),
  messages: messages.describe('The last message of the user is the question'),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  ...samplingFields,
  failsoft: z
    .strictObject({
      ...passageFields,
      sources: z.literal('markdown').optional().describe('A list of the sources behind the text'),
      degraded: z.literal('refuse').optional().describe('A 503 instead of a degraded answer'),
    })
    .prefault({}),
  n: only(z.literal(1), 'must be 1: there is one answer'),
  logprobs: only(z.literal(false), 'must be false: answers have no log probabilities'),
  top_logprobs: only(z.literal(0), 'must be 0: answers have no log probabilities'),
  response_format: only(z.looseObject({ type: z.literal('text') }), 'must have the type text'),
  tool_choice: only(unforced, 'must be none or auto: no tool is called'),
  function_call: only(unforced, 'must be none or auto: no function is called'),
  modalities: only(z.array(z.literal('text')), 'must be text alone'),
  store: only(z.literal(false), 'must be false: completions are not stored'),
  user: z.unknown().optional(),
  metadata: z.unknown().optional(),
};

/** Body of `POST /v1/chat/completions`. Other fields of clients are ignored, and named in `ignored`. */
export const chatSchema = z.looseObject(taken).transform((body) => {
  const { model, messages: conversation, failsoft, stream, stream_options } = body;
  const others = Object.keys(body).filter((name) => !(name in taken) && body[name] !== null);
  return {
    model,
    conversation,
    ...failsoft,
    sampling: toSampling(body),
    stream: stream ?? false,
    includeUsage: stream_options?.include_usage ?? false,
    ignored: [
      ...new Set([...conversation.ignored, ...others.filter((name) => HEADER_NAME.test(name))]),
    ].slice(0, MAX_IGNORED),
  };
});

export type ChatBody = z.infer<typeof chatSchema>;

function toSampling(given: z.infer<z.ZodObject<typeof samplingFields>>): Sampling | undefined {
  const { temperature, top_p, max_tokens, max_completion_tokens, stop, seed } = given;
  const all = { temperature, top_p, max_tokens: max_completion_tokens ?? max_tokens, stop, seed };
  const chosen = Object.entries(all).filter(([, value]) => value !== undefined && value !== null);
  return chosen.length > 0 ? (Object.fromEntries(chosen) as Sampling) : undefined;
}
