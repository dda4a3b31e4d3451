import type { PeerMessage } from './peer-message.ts';

/** Who is told what comes over the channel. */
export interface PeerListener {
  onMessage(message: PeerMessage): void;
  /** The channel has (again) been joined: what was sent before may not have arrived. */
  onSubscribed(): void;
}

/** Carries messages between instances, each at most once. */
export interface PeerChannel {
  /** Joins, and joins again whenever the connection is lost, until `close`. */
  open(listener: PeerListener): void;
  /** Tells also another listener what comes, once it is open. */
  subscribe(hear: (message: PeerMessage) => void): void;
  /** Sends when it is joined, and otherwise forgets. Never throws and never waits. */
  publish(message: PeerMessage): void;
  close(): Promise<void>;
}

/** Injection token of the channel; undefined when instances share none. */
export const PEER_CHANNEL = Symbol('PEER_CHANNEL');
