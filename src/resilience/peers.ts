import { randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { GuardRegistry } from './guard-registry.ts';
import { PeerAdvice } from './peer-advice.ts';
import type { PeerChannel } from './peer-channel.ts';
import type { PeerReport } from './peer-message.ts';
import { Repeater } from './repeater.ts';

/** How often an instance reports, at the least. */
const BEAT_MS = 5_000;
/** Two reports may be lost before an instance counts as gone. */
const TTL_MS = 15_000;

/** Tells the other instances which circuits are open here, and the guards here what the others see. */
export class Peers {
  private readonly instance = randomUUID();
  private readonly advice: PeerAdvice;
  private readonly beat: Repeater;
  private sequence = 0;

  constructor(
    private readonly guards: GuardRegistry,
    private readonly channel: PeerChannel,
    clock: Clock,
    /** Called when there are new decisions in the store. */
    private readonly onControlsChanged: () => void,
    random: () => number,
  ) {
    this.advice = new PeerAdvice(clock);
    this.beat = new Repeater(clock, BEAT_MS, () => this.report(TTL_MS), random);
  }

  start(): void {
    this.channel.open({
      hear: (message) => {
        if (message.kind === 'controls_changed') return this.onControlsChanged();
        if (message.instance === this.instance) return;
        this.advice.hear(message);
        this.advise();
      },
      joined: () => {
        this.beat.wake();
        this.onControlsChanged();
      },
    });
    this.beat.start();
  }

  /** Reports soon: a circuit has changed its state. */
  changed(): void {
    this.beat.wake();
  }

  /** Says that this instance leaves. */
  async stop(): Promise<void> {
    await this.beat.stop();
    this.report(0);
    await this.channel.close();
  }

  private report(ttlMs: number): void {
    const open = this.guards.all.flatMap(({ name, openLeftMs }) =>
      openLeftMs === null || openLeftMs === 0 ? [] : [[name, Math.ceil(openLeftMs)] as const],
    );
    const report: PeerReport = {
      kind: 'report',
      instance: this.instance,
      sequence: ++this.sequence,
      ttl_ms: ttlMs,
      open: Object.fromEntries(open),
    };
    this.channel.publish(report);
    this.advise();
  }

  private advise(): void {
    for (const guard of this.guards.all) guard.advise(this.advice.advises(guard.name));
  }
}
