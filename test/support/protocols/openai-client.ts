import OpenAI, { type APIError } from 'openai';
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParamsNonStreaming,
} from 'openai/resources/chat';
import type { AnswerMetadata, Source } from '../../../src/query/answer/answer.ts';
import type { Service } from '../service/service.ts';

/** What failsoft adds to a completion. */
export interface FailsoftFields {
  citations: string[];
  failsoft: AnswerMetadata & { request_id: string; duration_ms: number; sources: Source[] };
}

/** What failsoft adds to a request. */
export type ChatRequest = Partial<ChatCompletionCreateParamsNonStreaming> & {
  stream_options?: { include_usage: boolean };
  failsoft?: Record<string, unknown>;
};

/** OpenAI's own client with its defaults, which retry twice. */
export function openAiClient({ url }: Pick<Service, 'url'>): OpenAI {
  return new OpenAI({ apiKey: 'none', baseURL: `${url}/v1`, logLevel: 'off' });
}

/** Asks the model `failsoft`, unless the request names another. */
export async function askModel(
  client: OpenAI,
  question: string,
  more: ChatRequest = {},
  headers: Record<string, string> = {},
) {
  const request = { model: 'failsoft', messages: [{ role: 'user' as const, content: question }], ...more };
  const { data, response } = await client.chat.completions.create(request, { headers }).withResponse();
  return { headers: response.headers, completion: data as ChatCompletion & FailsoftFields };
}

/** Streams an answer of the model `failsoft`, unless the request names another, to its end or its error. */
export async function streamModel(client: OpenAI, question: string, more: ChatRequest = {}) {
  const chunks: (ChatCompletionChunk & FailsoftFields)[] = [];
  let text = '';
  const read = async () => {
    const { data, response } = await client.chat.completions
      .create({
        model: 'failsoft',
        messages: [{ role: 'user', content: question }],
        ...more,
        stream: true,
      })
      .withResponse();
    for await (const chunk of data) {
      chunks.push(chunk as ChatCompletionChunk & FailsoftFields);
      text += chunk.choices[0]?.delta.content ?? '';
    }
    return response.headers;
  };
  // What came before an error stays visible.
  return read().then(
    (headers) => ({ chunks, text, headers, error: undefined }),
    (error: unknown) => ({ chunks, text, headers: new Headers(), error: error as APIError }),
  );
}

/** The error that a call of the client fails with. */
export async function errorOf(call: Promise<unknown>): Promise<APIError> {
  return call.then(
    () => {
      throw new Error('the call did not fail');
    },
    (error: unknown) => error as APIError,
  );
}
