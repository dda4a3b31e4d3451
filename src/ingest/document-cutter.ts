import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import type { NewChunk } from '../postgres/chunk-plan.ts';
import type { Clock } from '../resilience/clock.ts';
import { CLOCK } from '../resilience/resilience.module.ts';
import { waitForStop } from '../resilience/stop-limit.ts';
import { ChunkThread, type CutDocument } from './chunk-thread.ts';
import { chooseTitle, toChunks, type Uncut } from './prepare.ts';

/** A page is parsed in one go, which takes up to 2 ms per 1,000 characters: longer ones would keep others waiting. */
const HERE_CHARS = 20_000;
/** Cutting here never keeps other requests waiting for longer than about this. */
const YIELD_AFTER_MS = 15;

/** Cuts documents into chunks: short ones here, long ones in a thread, so that questions are answered meanwhile. */
@Injectable()
export class DocumentCutter implements OnApplicationShutdown {
  private readonly thread: ChunkThread;

  constructor(@Inject(CLOCK) private readonly clock: Clock) {
    this.thread = new ChunkThread(clock);
  }

  /**
   * The document's chunks, and its title when it gives itself one.
   * @throws UnreadableDocumentError, the signal's reason
   */
  async cut(document: Uncut, signal: AbortSignal): Promise<CutDocument> {
    if (document.text.length > HERE_CHARS) return this.thread.cut(document, signal);
    const title = chooseTitle(document);
    const chunks: NewChunk[] = [];
    let yieldedAt = this.clock.now();
    for (const chunk of toChunks({ ...document, title })) {
      chunks.push(chunk);
      if (this.clock.now() - yieldedAt < YIELD_AFTER_MS) continue;
      await setImmediate(undefined, { signal });
      yieldedAt = this.clock.now();
    }
    return { title, chunks };
  }

  /** Comes after the last request has been answered. */
  onApplicationShutdown(): Promise<void> {
    return waitForStop(this.thread.stop(), this.clock);
  }
}
