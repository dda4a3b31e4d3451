import type { PeerChannel, PeerListener } from '../../../src/resilience/sharing/peer-channel.ts';
import type { PeerMessage } from '../../../src/resilience/sharing/peer-message.ts';
import type { FakeClock } from './fake-clock.ts';

/** What goes wrong between one instance and the channel. */
export interface ChannelFaults {
  cut: boolean;
  /** Messages take up to so long, each another time: later ones may come first. */
  delayMs: number;
  /** Share of messages that are lost. */
  loss: number;
}

/** A channel in memory between instances, which cuts, delays and loses as it is told. It keeps nothing. */
export class SharedChannel {
  private readonly members = new Set<{ listener: PeerListener; faults: ChannelFaults }>();

  constructor(
    private readonly clock: FakeClock,
    private readonly random: () => number,
  ) {}

  /** The channel as one instance sees it; `faults` may change at any time. */
  connect(faults: ChannelFaults): PeerChannel {
    let member: { listener: PeerListener; faults: ChannelFaults } | undefined;
    return {
      open: (listener) => {
        member = { listener, faults };
        this.members.add(member);
        listener.onSubscribed();
      },
      subscribe: () => undefined,
      publish: (message) => {
        if (member && !faults.cut && this.random() >= faults.loss) this.spread(message, faults.delayMs);
      },
      close: async () => {
        if (member) this.members.delete(member);
      },
    };
  }

  private spread(message: PeerMessage, delayMs: number): void {
    for (const member of this.members) {
      const deliver = () => {
        if (this.members.has(member) && !member.faults.cut) member.listener.onMessage(message);
      };
      if (delayMs > 0) this.clock.setTimer(deliver, this.random() * delayMs);
      else deliver();
    }
  }
}
