import { Chat } from '@ai-sdk/react';
import { DefaultChatTransport, readUIMessageStream, type UIMessage, type UIMessageChunk } from 'ai';
import type { AnswerMetadata } from '../../../src/query/answer/answer.ts';
import type { Service } from '../service/service.ts';

type Notice = Pick<AnswerMetadata, 'fallback_source' | 'fallback_reason'> & {
  notice: string;
  provisional: boolean;
};

/** A message of a chat with failsoft. */
export type ChatMessage = UIMessage<
  AnswerMetadata & { request_id: string; duration_ms: number },
  { notice: Notice }
>;

interface TransportOptions {
  query?: string;
  body?: Record<string, unknown>;
  onResponse?: (response: Response) => void;
}

/** The transport that `useChat` has by itself, but for the address of the service. */
export function createTransport(
  { url }: Pick<Service, 'url'>,
  { query = '', body = {}, onResponse = () => undefined }: TransportOptions = {},
): DefaultChatTransport<ChatMessage> {
  return new DefaultChatTransport<ChatMessage>({
    api: `${url}/api/chat${query}`,
    body,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      onResponse(response);
      return response;
    },
  });
}

/** A chat as `useChat` holds one. */
export function createChat(transport: DefaultChatTransport<ChatMessage>, id = 'chat-1'): Chat<ChatMessage> {
  return new Chat<ChatMessage>({ id, transport, messages: [] });
}

/** A message of the user. */
export function userMessage(text: string): ChatMessage {
  return { id: `message-${text}`, role: 'user', parts: [{ type: 'text', text }] };
}

/** Sends one question, and gives its chunks as they come. */
export function sendQuestion(
  transport: DefaultChatTransport<ChatMessage>,
  text: string,
  { chatId = 'chat-1', signal }: { chatId?: string; signal?: AbortSignal } = {},
): Promise<ReadableStream<UIMessageChunk>> {
  return transport.sendMessages({
    trigger: 'submit-message',
    chatId,
    messageId: undefined,
    messages: [userMessage(text)],
    abortSignal: signal,
  });
}

/** The message that a stream of chunks makes, as the reader of `ai` makes it. */
export async function readMessage(stream: ReadableStream<UIMessageChunk>): Promise<ChatMessage> {
  let last: ChatMessage | undefined;
  for await (const message of readUIMessageStream<ChatMessage>({ stream, terminateOnError: true }))
    last = message;
  if (!last) throw new Error('the stream has no message');
  return last;
}

/** The text of a message. */
export function textOf({ parts }: Pick<ChatMessage, 'parts'>): string {
  return parts.flatMap((part) => (part.type === 'text' ? part.text : [])).join('');
}
