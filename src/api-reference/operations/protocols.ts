import { z } from 'zod';
import { chatQuerySchema, chatSchema as uiChatSchema } from '../../ai-sdk/chat.schema.ts';
import { uiChunkSchema, type UiChunk } from '../../ai-sdk/chunk.schema.ts';
import { chatSchema } from '../../openai/chat.schema.ts';
import { chunkDataSchema, completionSchema } from '../../openai/completion.schema.ts';
import { embeddingsSchema, vectorsSchema } from '../../openai/embeddings.schema.ts';
import { modelListSchema, modelSchema } from '../../openai/models.ts';
import { ANSWER_HEADERS, STREAM_HEADERS } from '../headers.ts';
import { json, toEventText, type OperationGroup } from '../operation.ts';
import { ANSWER, METADATA, SOURCE } from './examples.ts';

const URL = 'http://127.0.0.1:3000/passages/1';
const CITED = { ...SOURCE, url: URL };
const HEAD = {
  id: 'chatcmpl-01f1fe90-2789-491a-bfed-92afbc965bac',
  created: 1_795_984_128,
  model: 'llama3.2',
  system_fingerprint: 'failsoft-0.1.0',
};
const ANNOTATION = {
  type: 'url_citation',
  url_citation: { start_index: 42, end_index: 45, url: URL, title: 'Fuses' },
};
const USAGE = { prompt_tokens: 6, completion_tokens: 13, total_tokens: 19 };
const ASKED = { model: 'failsoft', messages: [{ role: 'user', content: 'When does a fuse melt?' }] };
const MODEL = { id: 'failsoft', object: 'model', created: 1_795_984_000, owned_by: 'failsoft' };
const COMPLETION = {
  ...HEAD,
  object: 'chat.completion',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: ANSWER.answer, refusal: null, annotations: [ANNOTATION] },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: USAGE,
  citations: [URL],
  failsoft: { ...METADATA, sources: [CITED] },
};

function toChunk(delta: object, finish_reason: string | null, more: object = {}) {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason }];
  return { data: { ...HEAD, object: 'chat.completion.chunk', choices, ...more } };
}

/** OpenAI's API. */
export const openai: OperationGroup = {
  name: "OpenAI's API",
  description:
    "Chat completions, models and embeddings as OpenAI's clients expect them. Errors have the shape of that API.",
  errorFormat: 'openai',
  operations: {
    'POST /v1/chat/completions': {
      id: 'createCompletion',
      summary: 'Answer a question as a chat completion',
      description:
        'Fields that have no effect are named in `X-Failsoft-Ignored`. A degraded answer says so in its first line. A stream ends with `[DONE]`, or with an error and without it.',
      headers: ['Cache-Control'],
      body: { schema: chatSchema },
      responses: {
        200: {
          description: 'The completion',
          headers: [
            ...ANSWER_HEADERS,
            'X-Failsoft-Ignored',
            'Link',
            ...STREAM_HEADERS.filter((name) => name !== 'X-Stream-Id'),
          ],
          content: {
            'application/json': { Completion: completionSchema },
            'text/event-stream': { CompletionChunk: chunkDataSchema },
          },
        },
      },
      errors: ['content_filter', 'model_not_found', 'service_unavailable'],
      examples: {
        completion: { summary: 'A whole completion', body: ASKED, status: 200, response: COMPLETION },
        stream: {
          summary: 'A stream with its usage',
          body: { ...ASKED, stream: true, stream_options: { include_usage: true } },
          status: 200,
          type: 'text/event-stream',
          response: toEventText([
            toChunk({ role: 'assistant', content: '' }, null, {
              usage: null,
              citations: [URL],
              failsoft: { request_id: METADATA.request_id, sources: [CITED] },
            }),
            toChunk({ content: ANSWER.answer }, null, { usage: null }),
            toChunk({ annotations: [ANNOTATION] }, 'stop', {
              usage: null,
              citations: [URL],
              failsoft: COMPLETION.failsoft,
            }),
            { data: { ...HEAD, object: 'chat.completion.chunk', choices: [], usage: USAGE } },
            { data: '[DONE]' },
          ]),
        },
        unknown: { summary: 'An unknown model', body: { ...ASKED, model: 'unknown' }, status: 404 },
      },
    },
    'GET /v1/models': {
      id: 'listModels',
      summary: 'List the models',
      responses: { 200: json({ ModelList: modelListSchema }, 'The models') },
      examples: {
        list: { summary: 'All models', status: 200, response: { object: 'list', data: [MODEL] } },
      },
    },
    'GET /v1/models/{id}': {
      id: 'readModel',
      summary: 'Describe a model',
      path: { id: 'The name of the model; its slash is percent-encoded' },
      responses: { 200: json({ Model: modelSchema }, 'The model') },
      errors: ['model_not_found'],
      examples: {
        model: { summary: 'A model', parameters: { id: 'failsoft' }, status: 200, response: MODEL },
        unknown: { summary: 'An unknown model', parameters: { id: 'unknown' }, status: 404 },
      },
    },
    'GET /v1/models/{id}/{variant}': {
      id: 'readModelVariant',
      summary: 'Describe a model by a name whose slash is not encoded',
      path: { id: 'What stands before the slash', variant: 'What stands behind it' },
      responses: { 200: json({ Model: modelSchema }, 'The model') },
      errors: ['model_not_found'],
      examples: {
        variant: {
          summary: 'The model that streams whole answers',
          parameters: { id: 'failsoft', variant: 'whole' },
          status: 200,
          response: { ...MODEL, id: 'failsoft/whole' },
        },
      },
    },
    'POST /v1/embeddings': {
      id: 'createEmbeddings',
      summary: 'Make vectors of texts',
      body: { schema: embeddingsSchema },
      responses: { 200: json({ Embeddings: vectorsSchema }, 'The vectors') },
      errors: ['model_not_found', 'service_unavailable'],
      examples: {
        text: {
          summary: 'One text',
          body: { model: 'failsoft', input: 'When does a fuse melt?' },
          status: 200,
          response: {
            object: 'list',
            data: [{ object: 'embedding', index: 0, embedding: [0.12, -0.04, 0.31] }],
            model: 'local-hashing-1',
            usage: { prompt_tokens: 6, total_tokens: 6 },
          },
        },
      },
    },
  },
};

const CHAT_ID = 'b7a1c2';
const NOTICE: Extract<UiChunk, { type: 'data-notice' }>['data'] = {
  notice: 'The assistant is temporarily unavailable; these are excerpts, not an answer.',
  fallback_source: 'excerpts',
  fallback_reason: 'generation_timeout_no_cache',
  provisional: true,
};
const PASSAGE = {
  number: 1,
  document_id: 'fuses',
  chunk_id: '1',
  heading: null,
  excerpt: SOURCE.excerpt,
};
const OTHER = { ...PASSAGE, number: 2, document_id: 'wires', chunk_id: '2' };
const toChunks = (shown: UiChunk[]) => toEventText(shown.map((data) => ({ data })));
const START: UiChunk[] = [
  { type: 'start', messageId: '0b0c9a44-53a7-4f7e-9d0c-4b7f2f7c2f0a' },
  { type: 'start-step' },
];
const SOURCES: UiChunk[] = [
  {
    type: 'source-document',
    sourceId: '1',
    mediaType: 'text/plain',
    title: 'Fuses',
    filename: 'fuses',
    providerMetadata: { failsoft: { ...PASSAGE, url: URL } },
  },
  {
    type: 'source-url',
    sourceId: '2',
    url: 'https://example.com/wires',
    title: 'Wires',
    providerMetadata: { failsoft: OTHER },
  },
];
const toText = (id: string, delta: string): UiChunk[] => [
  { type: 'text-start', id },
  { type: 'text-delta', id, delta },
];
const END: UiChunk[] = [
  { type: 'text-end', id: 'text-2' },
  { type: 'finish-step' },
  { type: 'message-metadata', messageMetadata: METADATA },
  { type: 'finish', finishReason: 'stop' },
];
const chunks = `${toChunks([
  ...START,
  ...SOURCES,
  { type: 'data-notice', data: NOTICE },
  ...toText('text-1', `- ${SOURCE.excerpt} [1]`),
  { type: 'reset-step' },
  ...SOURCES,
  ...toText('text-2', ANSWER.answer),
  ...END,
])}data: [DONE]\n\n`;
const failed = `${toChunks([
  ...START,
  { type: 'error', errorText: 'The assistant is temporarily unavailable. Please try again shortly.' },
])}data: [DONE]\n\n`;
const chunkStream = {
  description: 'The chunks of the message, and `[DONE]` behind the last one',
  headers: ['X-Vercel-AI-UI-Message-Stream' as const, ...STREAM_HEADERS],
  content: { 'text/event-stream': { UiMessageChunk: z.union([uiChunkSchema, z.literal('[DONE]')]) } },
};

/** The UI message stream of the AI SDK. */
export const aiSdk: OperationGroup = {
  name: 'AI SDK',
  description: 'The UI message stream of `ai` 7: `useChat` works with its default transport.',
  operations: {
    'POST /api/chat': {
      id: 'chat',
      summary: 'Answer the last message of a chat',
      headers: ['Cache-Control'],
      query: chatQuerySchema,
      body: { schema: uiChatSchema },
      responses: { 200: chunkStream },
      errors: ['service_unavailable'],
      examples: {
        chat: {
          summary: 'A first message',
          parameters: { reset: '1' },
          body: {
            id: CHAT_ID,
            messages: [{ role: 'user', parts: [{ type: 'text', text: 'When does a fuse melt?' }] }],
            resumable: true,
          },
          status: 200,
          type: 'text/event-stream',
          response: chunks,
        },
        failed: {
          summary: 'A question that nothing can answer',
          body: { messages: [{ role: 'user', parts: [{ type: 'text', text: 'When does a fuse melt?' }] }] },
          status: 200,
          type: 'text/event-stream',
          response: failed,
        },
      },
    },
    'GET /api/chat/{id}/stream': {
      id: 'resumeChat',
      summary: 'Go on with the last answer of a chat',
      description: 'From its beginning, for a chat that was asked with `resumable`.',
      path: { id: 'The id of the chat' },
      responses: {
        200: chunkStream,
        204: { description: 'There is none, or its end was read' },
      },
      errors: ['not_found'],
      examples: {
        resume: {
          summary: 'An answer that nobody has read to its end',
          parameters: { id: CHAT_ID },
          status: 200,
          type: 'text/event-stream',
          response: chunks,
        },
        none: { summary: 'A chat without an answer', parameters: { id: 'unknown' }, status: 204 },
      },
    },
  },
};
