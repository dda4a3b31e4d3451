import OpenAI, { type APIError } from 'openai';
import type { ChatCompletion, ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat';
import type { AnswerMetadata, Source } from '../../../src/query/answer/answer.ts';
import type { Service } from '../service/service.ts';

/** What failsoft adds to a completion. */
export interface FailsoftFields {
  citations: string[];
  failsoft: AnswerMetadata & { request_id: string; duration_ms: number; sources: Source[] };
}

/** What failsoft adds to a request. */
export type ChatRequest = Partial<ChatCompletionCreateParamsNonStreaming> & {
  failsoft?: Record<string, unknown>;
};

/** OpenAI's own client with its defaults, which retry twice. */
export function openAiClient({ url }: Pick<Service, 'url'>): OpenAI {
  return new OpenAI({ apiKey: 'none', baseURL: `${url}/v1`, logLevel: 'off' });
}

/** Asks the model `failsoft`, unless the request names another. */
export async function askModel(client: OpenAI, question: string, more: ChatRequest = {}) {
  const request = { model: 'failsoft', messages: [{ role: 'user' as const, content: question }], ...more };
  const { data, response } = await client.chat.completions.create(request).withResponse();
  return { headers: response.headers, completion: data as ChatCompletion & FailsoftFields };
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
