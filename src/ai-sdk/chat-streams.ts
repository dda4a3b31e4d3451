import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { AnswerStream } from '../query/answer-stream/answer-stream.ts';
import { AnswerStreams } from '../query/answer-stream/answer-streams.ts';

/** The most chats whose last stream is known: as many as there are resumable streams. */
const MOST_CHATS = 1_000;

/** The last stream of each chat, as long as nobody has read it to its end. */
@Injectable()
export class ChatStreams {
  private readonly ids = new LRUCache<string, string>({ max: MOST_CHATS });

  constructor(private readonly streams: AnswerStreams) {}

  /** Makes the stream the one that the chat resumes, if it is resumable. */
  keep(chatId: string, { id }: AnswerStream): void {
    this.ids.set(chatId, id);
  }

  /** The stream that the chat resumes; undefined when there is none. @throws the signal's reason */
  async find(chatId: string, signal: AbortSignal): Promise<AnswerStream | undefined> {
    const id = this.ids.get(chatId);
    return id === undefined ? undefined : this.streams.find(id, signal);
  }

  /** Lets the chat no longer resume this stream. */
  end(chatId: string, { id }: AnswerStream): void {
    if (this.ids.get(chatId) === id) this.ids.delete(chatId);
  }
}
