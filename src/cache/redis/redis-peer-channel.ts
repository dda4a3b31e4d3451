import { startDeadline } from '../../resilience/time/deadline.ts';
import { AttemptTimeoutError } from '../../resilience/guard/errors.ts';
import { reportSideFailure } from '../../telemetry/side-failures.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import type { PeerChannel, PeerListener } from '../../resilience/sharing/peer-channel.ts';
import type { PeerMessage } from '../../resilience/sharing/peer-message.ts';
import { BackgroundLoop } from '../../resilience/time/background-loop.ts';
import { CONNECT_LIMIT_MS } from './one-shot-client.ts';
import { PeerConnection } from './peer-connection.ts';

/** Milliseconds until a connection without an answer is replaced. Raised, a frozen Redis is given up later. */
const ANSWER_LIMIT_MS = 2_000;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;

/** The instances' channel through Redis, on connections of its own: no request waits for it. */
export class RedisPeerChannel implements PeerChannel {
  private readonly sending = new Set<Promise<void>>();
  private readonly listeners: ((message: PeerMessage) => void)[] = [];
  private loop: BackgroundLoop | undefined;
  private retryMs = FIRST_RETRY_MS;
  private joined: { connection: PeerConnection; leave: (error: unknown) => void } | undefined;

  constructor(
    private readonly url: string,
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** Whether nothing is sent, and no connection is being made. */
  get isAtRest(): boolean {
    return this.sending.size === 0 && (this.joined !== undefined || (this.loop?.isAtRest ?? true));
  }

  open(listener: PeerListener): void {
    this.subscribe((message) => listener.onMessage(message));
    this.loop = new BackgroundLoop('peer_channel', this.clock, undefined, (signal) =>
      this.run(listener, signal),
    );
    void this.loop.start();
  }

  subscribe(listener: (message: PeerMessage) => void): void {
    this.listeners.push(listener);
  }

  publish(message: PeerMessage): void {
    if (!this.joined) return;
    const sending = this.send(message, this.joined).finally(() => this.sending.delete(sending));
    this.sending.add(sending);
  }

  /** Waits for the messages under way, which have a time limit, and disconnects. */
  async close(): Promise<void> {
    await Promise.all(this.sending);
    await this.loop?.stop();
  }

  /** @returns milliseconds until the next try to join */
  private async run(listener: PeerListener, signal: AbortSignal): Promise<number> {
    if (await this.stay(listener, signal)) this.retryMs = FIRST_RETRY_MS;
    const waitMs = this.retryMs * (1 - this.random() / 2);
    this.retryMs = Math.min(this.retryMs * 2, MAX_RETRY_MS);
    return waitMs;
  }

  /** Connects, and stays connected until the connection is lost. @returns whether it was connected */
  private async stay(listener: PeerListener, signal: AbortSignal): Promise<boolean> {
    const connection = new PeerConnection(this.url);
    const { promise: left, reject: leave } = Promise.withResolvers<never>();
    // The connection may be lost before anybody waits for that.
    left.catch(() => undefined);
    const onAbort = () => leave(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const deadline = startDeadline(this.clock, CONNECT_LIMIT_MS, signal);
    try {
      await connection.subscribe((message) => this.receive(message), leave, deadline.signal);
      deadline.clear();
      this.joined = { connection, leave };
      listener.onSubscribed();
      return await left;
    } catch (error) {
      if (!signal.aborted) reportSideFailure({ event: 'peer_channel_failed' }, error);
      return this.joined !== undefined;
    } finally {
      this.joined = undefined;
      deadline.clear();
      signal.removeEventListener('abort', onAbort);
      connection.destroy();
    }
  }

  private receive(message: PeerMessage): void {
    for (const listener of this.listeners) listener(message);
  }

  private async send(
    message: PeerMessage,
    { connection, leave }: NonNullable<typeof this.joined>,
  ): Promise<void> {
    const cancelTimer = this.clock.setTimer(() => leave(new AttemptTimeoutError('attempt')), ANSWER_LIMIT_MS);
    // Leaving ends the connection, and that ends the wait for the answer.
    await connection.publish(message).catch(leave);
    cancelTimer();
  }
}
