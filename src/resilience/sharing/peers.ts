import { randomUUID } from 'node:crypto';
import type { Clock } from '../time/clock.ts';
import type { GuardRegistry } from '../guard/guard-registry.ts';
import { PeerHint } from './peer-hint.ts';
import type { PeerChannel } from './peer-channel.ts';
import type { PeerReport } from './peer-message.ts';
import { BackgroundLoop } from '../time/background-loop.ts';
import type { FleetHealth } from './fleet-health.ts';

/** The longest pause between two reports. Raising it delays hints, and needs a longer TTL. */
const HEARTBEAT_MS = 5_000;
/** How long a report is valid: two reports may be lost before an instance counts as gone. */
const TTL_MS = 15_000;

/** What the exchange with peers needs. */
interface PeersOptions {
  guards: GuardRegistry;
  channel: PeerChannel;
  health: FleetHealth;
  clock: Clock;
  /** Called when the store may have new overrides. */
  onControlsChanged: () => void;
  random: () => number;
}

/** Reports this instance's open circuits and call counts to the others, and passes their hints to the guards. */
export class Peers {
  private readonly instance = randomUUID();
  private readonly hints: PeerHint;
  private readonly heartbeat: BackgroundLoop;
  private sequence = 0;

  constructor(private readonly options: PeersOptions) {
    const { clock, random } = options;
    this.hints = new PeerHint(clock);
    this.heartbeat = new BackgroundLoop(
      'peer_reports',
      clock,
      HEARTBEAT_MS,
      () => this.report(TTL_MS),
      random,
    );
  }

  /** Whether no report is being made. */
  get isAtRest(): boolean {
    return this.heartbeat.isAtRest;
  }

  start(): void {
    const { channel, health, onControlsChanged } = this.options;
    channel.open({
      onMessage: (message) => {
        if (message.kind === 'controls_changed') return onControlsChanged();
        if (message.kind === 'corpus_changed') return;
        if (message.instance === this.instance) return;
        if (message.kind === 'health') return health.handleReport(message);
        this.hints.handleReport(message);
        this.updateHints();
      },
      onSubscribed: () => {
        this.heartbeat.wake();
        onControlsChanged();
      },
    });
    void this.heartbeat.start();
  }

  /** Reports soon, because a circuit changed its state. */
  announceChange(): void {
    this.heartbeat.wake();
  }

  /** Stops reporting. Its last report says that this instance leaves. */
  async stop(): Promise<void> {
    await this.heartbeat.stop();
    this.report(0);
    await this.options.channel.close();
  }

  private report(ttlMs: number): void {
    const { guards, channel, health } = this.options;
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
    for (const guard of this.options.guards.all) guard.setPeerHint(this.hints.suggestsOpening(guard.name));
  }
}
