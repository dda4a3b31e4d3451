import { randomUUID } from 'node:crypto';
import type { Clock } from '../time/clock.ts';
import type { GuardRegistry } from '../guard/guard-registry.ts';
import { PeerHint } from './peer-hint.ts';
import type { PeerChannel } from './peer-channel.ts';
import type { PeerReport } from './peer-message.ts';
import { BackgroundLoop } from '../time/background-loop.ts';
import type { FleetHealth } from './fleet-health.ts';

/** How often an instance reports, at the least. */
const HEARTBEAT_MS = 5_000;
/** Two reports may be lost before an instance counts as gone. */
const TTL_MS = 15_000;

/** What an instance tells and hears of. */
interface PeersParts {
  guards: GuardRegistry;
  channel: PeerChannel;
  health: FleetHealth;
  clock: Clock;
  /** Called when there are new decisions in the store. */
  onControlsChanged: () => void;
  random: () => number;
}

/** Tells the other instances which circuits are open here and how the services do, and the guards here what the others see. */
export class Peers {
  private readonly instance = randomUUID();
  private readonly advice: PeerHint;
  private readonly beat: BackgroundLoop;
  private sequence = 0;

  constructor(private readonly parts: PeersParts) {
    const { clock, random } = parts;
    this.advice = new PeerHint(clock);
    this.beat = new BackgroundLoop(clock, HEARTBEAT_MS, () => this.report(TTL_MS), random);
  }

  /** Whether no report is being made. */
  get isAtRest(): boolean {
    return this.beat.isAtRest;
  }

  start(): void {
    const { channel, health, onControlsChanged } = this.parts;
    channel.open({
      onMessage: (message) => {
        if (message.kind === 'controls_changed') return onControlsChanged();
        if (message.kind === 'corpus_changed') return;
        if (message.instance === this.instance) return;
        if (message.kind === 'health') return health.handleReport(message);
        this.advice.handleReport(message);
        this.updateHints();
      },
      onSubscribed: () => {
        this.beat.wake();
        onControlsChanged();
      },
    });
    void this.beat.start();
  }

  /** Reports soon: a circuit has changed its state. */
  announceChange(): void {
    this.beat.wake();
  }

  /** Says that this instance leaves. */
  async stop(): Promise<void> {
    await this.beat.stop();
    this.report(0);
    await this.parts.channel.close();
  }

  private report(ttlMs: number): void {
    const { guards, channel, health } = this.parts;
    const open = guards.all.flatMap(({ name, openLeftMs }) =>
      openLeftMs === null || openLeftMs === 0 ? [] : [[name, Math.ceil(openLeftMs)] as const],
    );
    const report: PeerReport = {
      kind: 'report',
      instance: this.instance,
      sequence: ++this.sequence,
      ttl_ms: ttlMs,
      open: Object.fromEntries(open),
    };
    channel.publish(report);
    channel.publish(health.report(this.instance, ttlMs));
    this.updateHints();
  }

  private updateHints(): void {
    for (const guard of this.parts.guards.all) guard.setPeerHint(this.advice.suggestsOpening(guard.name));
  }
}
