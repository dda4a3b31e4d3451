import { untilAborted } from '../../resilience/time/deadline.ts';
import {
  ageReport,
  parsePeerMessage,
  type PeerMessage,
  type PeerReport,
} from '../../resilience/sharing/peer-message.ts';
import { OneShotRedisClient } from './one-shot-client.ts';

const MAX_QUEUED_COMMANDS = 100;
/** More instances than any service has. */
const MAX_PEERS = 1_000;
/** The names of all instances expire when none has reported for this time. */
const NAMES_TTL_MS = 3_600_000;

/**
 * Two connections to Redis, one that subscribes and one that publishes, until either is lost. The report of an instance
 * is published, and kept in a key that expires for instances that come later.
 */
export class PeerConnection {
  private readonly subscriber: OneShotRedisClient;
  private readonly publisher: OneShotRedisClient;
  private readonly channel: string;

  constructor(url: string) {
    // Messages cross the numbered databases of a Redis, but services are separated by them.
    const database = new URL(url).pathname.slice(1) || '0';
    this.channel = `failsoft:${database}:peers`;
    this.subscriber = new OneShotRedisClient(url, MAX_QUEUED_COMMANDS);
    this.publisher = new OneShotRedisClient(url, MAX_QUEUED_COMMANDS);
  }

  /**
   * Subscribes, then gives the last reports of the others.
   * @param onLost called when a connection ends by itself, perhaps twice
   * @throws Redis's error, or the signal's reason as soon as it aborts
   */
  subscribe(
    onMessage: (message: PeerMessage) => void,
    onLost: (error: unknown) => void,
    signal: AbortSignal,
  ): Promise<void> {
    return untilAborted(async () => {
      await Promise.all([this.subscriber.ready, this.publisher.ready]);
      for (const { client } of [this.subscriber, this.publisher]) client.on('error', onLost);
      await this.subscriber.client.subscribe(this.channel, (text) => {
        const message = parsePeerMessage(text);
        if (message) onMessage(message);
      });
      for (const report of await this.readReports()) onMessage(report);
    }, signal);
  }

  /** Publishes a message, and keeps it if it is a report. @throws Redis's error */
  async publish(message: PeerMessage): Promise<void> {
    const text = JSON.stringify(message);
    const commands = this.publisher.client.multi();
    if (message.kind === 'report') {
      const { instance, ttl_ms: ttlMs } = message;
      if (ttlMs > 0) {
        commands.set(this.keyOf(instance), text, { PX: ttlMs });
        commands.sAdd(this.channel, instance).pExpire(this.channel, NAMES_TTL_MS);
      } else {
        commands.del(this.keyOf(instance)).sRem(this.channel, instance);
      }
    }
    await commands.publish(this.channel, text).exec();
  }

  /** Ends both connections at once. */
  destroy(): void {
    this.subscriber.destroy();
    this.publisher.destroy();
  }

  private async readReports(): Promise<PeerReport[]> {
    const { client } = this.publisher;
    const instances = (await client.sMembers(this.channel)).slice(0, MAX_PEERS);
    const reports = await Promise.all(instances.map((instance) => this.readReport(instance)));
    return reports.filter((report) => report !== undefined);
  }

  private async readReport(instance: string): Promise<PeerReport | undefined> {
    const key = this.keyOf(instance);
    const [text, leftMs] = await this.publisher.client.multi().get(key).pTTL(key).execTyped();
    const message = text === null ? undefined : parsePeerMessage(text);
    if (message?.kind === 'report') return ageReport(message, Math.max(0, message.ttl_ms - leftMs));
    await this.publisher.client.sRem(this.channel, instance);
    return undefined;
  }

  private keyOf(instance: string): string {
    return `${this.channel}:${instance}`;
  }
}
