import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How the model speaks. A change holds for the calls that begin after it. */
export interface Pace {
  /** Waited for before the first token of each answer. */
  beforeFirst?: () => Promise<unknown>;
  /** Between two tokens; 0, the default, sends them as fast as the connection takes them. */
  gapMs?: number;
  /** Of each answer. */
  tokens: number;
}

/** A model over a real socket that answers every chat with the same tokens at a given pace. */
export class PacedModel implements AsyncDisposable {
  private readonly server = createServer((request, response) => {
    request.resume().once('end', () => void this.speak(response));
  });

  private readonly pace: Pace;

  private constructor(pace: Pace) {
    this.pace = pace;
  }

  static async start(pace: Pace): Promise<PacedModel> {
    const model = new PacedModel(pace);
    model.server.listen(0, '127.0.0.1', 4_096);
    await once(model.server, 'listening');
    return model;
  }

  /** Where its chat completions are. */
  get chatUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1/chat/completions`;
  }

  /** As a value of `GENERATION_TARGETS`. */
  get target(): string {
    return `${this.chatUrl.replace('/chat/completions', '')}?model=paced&name=paced`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async speak(response: ServerResponse): Promise<void> {
    const { beforeFirst, gapMs = 0, tokens } = this.pace;
    await beforeFirst?.();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let number = 0; number < tokens && !response.destroyed; number++) {
      if (number > 0 && gapMs > 0) await sleep(gapMs);
      const isTaken = response.write(frame({ content: number === 0 ? 'word' : ' word' }));
      if (!isTaken && !response.destroyed)
        await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
    response.end(`${frame({}, 'stop')}data: [DONE]\n\n`);
  }
}

function frame(delta: object, finish_reason: string | null = null): string {
  const base = {
    id: 'chatcmpl-paced',
    object: 'chat.completion.chunk',
    created: 1_795_228_209,
    model: 'paced',
  };
  return `data: ${JSON.stringify({ ...base, choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
}
