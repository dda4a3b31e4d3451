import type { PeerMessage } from './peer-message.ts';

/** Receives what comes over the channel. */
export interface PeerListener {
  onMessage(message: PeerMessage): void;
  /** The channel is subscribed, possibly again. Earlier messages may be missing. */
  onSubscribed(): void;
}

/** Carries messages between instances, each at most once. */
export interface PeerChannel {
  /** Subscribes, and subscribes again whenever the connection is lost, until `close`. */
  open(listener: PeerListener): void;
  /** Adds a listener. */
  subscribe(listener: (message: PeerMessage) => void): void;
  /** Sends a message if the channel is subscribed, and drops it otherwise. Never throws and never waits. */
  publish(message: PeerMessage): void;
  close(): Promise<void>;
}

/** Injection token of the channel; undefined when instances share none. */
export const PEER_CHANNEL = Symbol('PEER_CHANNEL');
