import type { ServerSentEvent } from '../http/streams/event-stream.ts';
import type { Answer, Source } from '../query/answer/answer.ts';
import type { AnswerEvent } from '../query/answer-stream/answer-event.ts';
import type { UiChunk } from './chunk.schema.ts';
import { sourceUrl } from '../query/passages/source-url.ts';

type Metadata = Extract<UiChunk, { type: 'message-metadata' }>['messageMetadata'];

/** What the chunks of one answer are made with. */
export interface ChunkContext {
  messageId: string;
  /** The address by which the caller reaches the service. */
  baseUrl: string;
  /** Whether the client takes parts back. Otherwise sources are shown only once they are final. */
  canReset: boolean;
  /** The metadata of a response with this answer. */
  metadataOf: (answer: Answer) => Promise<Metadata>;
  /** Called once the last chunk was read. */
  onComplete: () => void;
}

/**
 * The events of an answer as server-sent events of the UI message stream.
 * @param events each is read when the reader has taken the last chunk
 */
export async function* toUiMessageStream(
  events: AsyncIterable<AnswerEvent>,
  context: ChunkContext,
): AsyncGenerator<ServerSentEvent> {
  const writer = new ChunkWriter(context);
  // The end of this generator must end the events, so all chunks are written while one is at hand.
  for await (const event of events) for (const data of await writer.write(event)) yield { data };
  yield { data: '[DONE]' };
  context.onComplete();
}

class ChunkWriter {
  private isStarted = false;
  private isTextOpen = false;
  /** The number of texts so far. Each has an id of its own. */
  private texts = 0;
  private hasSources = false;
  private waitingSources: Source[] = [];

  constructor(private readonly context: ChunkContext) {}

  async write(event: AnswerEvent): Promise<UiChunk[]> {
    const start: UiChunk[] = this.isStarted
      ? []
      : [{ type: 'start', messageId: this.context.messageId }, { type: 'start-step' }];
    this.isStarted = true;
    return [...start, ...(await this.toChunks(event))];
  }

  private async toChunks(event: AnswerEvent): Promise<UiChunk[]> {
    switch (event.type) {
      case 'sources':
        return this.takeSources(event.sources);
      case 'notice': {
        const { type: _, ...data } = event;
        return [...this.showSources(), { type: 'data-notice', data }];
      }
      case 'token':
        return [
          ...this.showSources(),
          ...this.openText(),
          { type: 'text-delta', id: this.textId, delta: event.text },
        ];
      case 'reset':
        this.isTextOpen = false;
        this.hasSources = false;
        return [{ type: 'reset-step' }];
      case 'done':
        return [
          ...this.showSources(),
          ...this.closeText(),
          { type: 'finish-step' },
          { type: 'message-metadata', messageMetadata: await this.context.metadataOf(event.answer) },
          { type: 'finish', finishReason: finishReasonOf(event.answer) },
        ];
      case 'error':
        return [...this.closeText(), { type: 'error', errorText: event.error.message }];
    }
  }

  private takeSources(sources: Source[]): UiChunk[] {
    this.waitingSources = sources;
    if (!this.context.canReset) return [];
    const dropped: UiChunk[] = this.hasSources ? [{ type: 'reset-step' }] : [];
    return [...dropped, ...this.showSources()];
  }

  private showSources(): UiChunk[] {
    const sources = this.waitingSources;
    this.waitingSources = [];
    if (sources.length > 0) this.hasSources = true;
    return sources.map((source) => toSourceChunk(source, this.context.baseUrl));
  }

  private openText(): UiChunk[] {
    if (this.isTextOpen) return [];
    this.isTextOpen = true;
    this.texts++;
    return [{ type: 'text-start', id: this.textId }];
  }

  private closeText(): UiChunk[] {
    if (!this.isTextOpen) return [];
    this.isTextOpen = false;
    return [{ type: 'text-end', id: this.textId }];
  }

  private get textId(): string {
    return `text-${this.texts}`;
  }
}

/** A source by the number that the text cites. One without a URL of its own is a document, whose passage this service shows. */
function toSourceChunk(source: Source, baseUrl: string): UiChunk {
  const { number, document_id, chunk_id, title, url, heading, excerpt } = source;
  const sourceId = String(number);
  const failsoft = { number, document_id, chunk_id, heading, excerpt };
  if (url !== null)
    return {
      type: 'source-url',
      sourceId,
      url,
      title: title ?? heading ?? url,
      providerMetadata: { failsoft },
    };
  return {
    type: 'source-document',
    sourceId,
    mediaType: 'text/plain',
    title: title ?? heading ?? document_id,
    filename: document_id,
    providerMetadata: { failsoft: { ...failsoft, url: sourceUrl(source, baseUrl) } },
  };
}

function finishReasonOf({ metadata }: Answer) {
  return metadata.finish_reason ?? 'stop';
}
