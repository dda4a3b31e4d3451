import type { Logger } from 'pino';
import { causeOf } from '../errors/cause-of.ts';
import { startDeadline } from '../resilience/abort.ts';
import { pause, type Clock } from '../resilience/clock.ts';
import { AttemptTimeoutError } from '../resilience/errors.ts';
import type { PeerChannel, PeerListener } from '../resilience/peer-channel.ts';
import type { PeerMessage } from '../resilience/peer-message.ts';
import { LogSampler } from '../telemetry/log-sampler.ts';
import { CONNECT_LIMIT_MS } from './dialled-client.ts';
import { PeerConnection } from './peer-connection.ts';

/** A Redis that does not answer within this time is left, and dialled anew. */
const ANSWER_LIMIT_MS = 2_000;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;

/** The instances' channel through Redis, on connections of its own: no request waits for it. */
export class RedisPeerChannel implements PeerChannel {
  private readonly closing = new AbortController();
  private readonly sending = new Set<Promise<void>>();
  private readonly sampler: LogSampler;
  private readonly hearers: ((message: PeerMessage) => void)[] = [];
  private running: Promise<void> = Promise.resolve();
  private joined: { connection: PeerConnection; leave: (why: unknown) => void } | undefined;

  constructor(
    private readonly url: string,
    private readonly clock: Clock,
    private readonly random: () => number,
    logger: Logger,
  ) {
    this.sampler = new LogSampler(logger, () => clock.now());
  }

  open(listener: PeerListener): void {
    this.listen((message) => listener.hear(message));
    this.running = this.run(listener, this.closing.signal);
  }

  listen(hear: (message: PeerMessage) => void): void {
    this.hearers.push(hear);
  }

  publish(message: PeerMessage): void {
    if (!this.joined) return;
    const sending = this.send(message, this.joined).finally(() => this.sending.delete(sending));
    this.sending.add(sending);
  }

  /** Waits for what is being sent, which has its time limit, and leaves. */
  async close(): Promise<void> {
    await Promise.all(this.sending);
    this.closing.abort();
    await this.running;
  }

  private async run(listener: PeerListener, signal: AbortSignal): Promise<void> {
    for (let waitMs = FIRST_RETRY_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, MAX_RETRY_MS)) {
      if (await this.stay(listener, signal)) waitMs = FIRST_RETRY_MS;
      await pause(this.clock, waitMs * (1 - this.random() / 2), signal);
    }
  }

  /** Joins and stays as long as it goes; whether it had joined. */
  private async stay(listener: PeerListener, signal: AbortSignal): Promise<boolean> {
    const connection = new PeerConnection(this.url);
    const { promise: left, reject: leave } = Promise.withResolvers<never>();
    // Waited for from the moment of joining; before that the attempt to join fails by itself.
    left.catch(() => undefined);
    const onAbort = () => leave(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const deadline = startDeadline(this.clock, CONNECT_LIMIT_MS, signal);
    try {
      await connection.join((message) => this.hear(message), leave, deadline.signal);
      deadline.clear();
      this.joined = { connection, leave };
      listener.joined();
      return await left;
    } catch (error) {
      if (!signal.aborted)
        this.sampler.write('warn', '', { event: 'peer_channel_failed', cause: causeOf(error) });
      return this.joined !== undefined;
    } finally {
      this.joined = undefined;
      deadline.clear();
      signal.removeEventListener('abort', onAbort);
      connection.destroy();
    }
  }

  private hear(message: PeerMessage): void {
    for (const hear of this.hearers) hear(message);
  }

  private async send(
    message: PeerMessage,
    { connection, leave }: NonNullable<typeof this.joined>,
  ): Promise<void> {
    const cancelTimer = this.clock.setTimer(() => leave(new AttemptTimeoutError('attempt')), ANSWER_LIMIT_MS);
    // Leaving ends the connection, and that ends the wait for the answer.
    await connection.send(message).catch(leave);
    cancelTimer();
  }
}
