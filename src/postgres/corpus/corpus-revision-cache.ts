import { unlessAborted } from '../../resilience/time/deadline.ts';
import { sleep, type Clock } from '../../resilience/time/clock.ts';
import type { PeerChannel } from '../../resilience/sharing/peer-channel.ts';
import type { CorpusChangeMessage } from '../../resilience/sharing/peer-message.ts';
import { isSameCorpus } from './corpus-revision.ts';
import type { CorpusChange, CorpusRepository } from './corpus.repository.ts';
import { wasNeverSent } from '../connection/database-errors.ts';

/** What this process knows about a tenant's documents: enough to judge a cached answer without the database. */
export interface KnownCorpus {
  revision: number;
  /** Whether the revision is still current. False when the database has not been read for long. */
  isCertain: boolean;
  /** Whether the document was deleted after the revision, or the revision is from another database. */
  deletedSince(documentId: string, revision: number): boolean;
}

interface Deletion {
  revision: number;
  seenAtMs: number;
}

interface Entry {
  revision: number;
  /** The revision that was read last. Changes of other instances since then may be unknown. */
  readRevision: number;
  changes: number;
  /** Deletions by document, the oldest first. */
  deletions: Map<string, Deletion>;
  /** When the revision was read last; -∞ when it must be read again. */
  readAtMs: number;
  /** Until when the revision counts as certain. */
  rightAtMs: number;
}

/** A read of a tenant's revision that is under way. Neither promise rejects. */
interface Read {
  ended: Promise<void>;
  /** Resolves when the read has ended, or has taken longer than a cached answer may wait for it. */
  endedOrSlow: Promise<void>;
}

/** How the documents are shared between instances. */
export interface CorpusSharing {
  /** Whether other processes may change the documents. */
  isShared: boolean;
  /** The channel that announces changes; undefined without one. */
  channel: PeerChannel | undefined;
}

/** How long a revision is cached. Raising it shows other instances' writes later and saves reads. */
const MAX_AGE_MS = 1_000;
/** How long a revision counts as certain while the database cannot be reached. Raising it serves cached answers as fresh for longer, although other instances may have changed documents. */
const CERTAIN_MS = 30_000;
/**
 * A cached answer waits at most this long for a read: a database that takes longer is slow or frozen. A higher limit makes
 * every cached answer slower while the database is frozen. A lower one overlooks more changes of other instances while the
 * database is slow.
 */
const MAX_READ_WAIT_MS = 150;
/** Pause between two clean-ups of old deletions in the database. */
const FORGET_EVERY_MS = 3_600_000;

/** Caches the revision of each tenant's documents, so that cached answers cost at most one small read a second. */
export class CorpusRevisionCache {
  private readonly entries = new Map<string, Entry>();
  private readonly reads = new Map<string, Read>();
  private forgotAtMs = Number.NEGATIVE_INFINITY;

  /** @param keepSeconds the age of the oldest stored answer: older deletions are forgotten */
  constructor(
    private readonly repository: CorpusRepository,
    private readonly clock: Clock,
    private readonly keepSeconds: number,
    private readonly sharing: CorpusSharing,
  ) {
    sharing.channel?.subscribe((message) => {
      if (message.kind === 'corpus_changed') this.applyChange(message);
    });
  }

  /**
   * What is known now, read again when older than a second. When the database does not answer, the last known state is
   * given: after 150 ms while that state is certain, else after the database's own time limit, since a state that is not
   * certain makes no answer fresh. Undefined when none was ever read.
   */
  async current(tenantId: string, signal: AbortSignal): Promise<KnownCorpus | undefined> {
    if (this.latest(tenantId) === undefined) {
      const { ended, endedOrSlow } = this.refresh(tenantId);
      const isEnough = this.isCertain(this.entries.get(tenantId));
      await unlessAborted(isEnough ? endedOrSlow : ended, signal).catch(() => undefined);
    }
    const known = this.entries.get(tenantId);
    return (
      known && {
        revision: known.revision,
        isCertain: this.isCertain(known),
        deletedSince: (documentId, revision) =>
          !isSameCorpus(revision, known.revision) ||
          (known.deletions.get(documentId)?.revision ?? 0) > revision,
      }
    );
  }

  /** The revision when it was read within the last second. Makes no call. */
  latest(tenantId: string): number | undefined {
    const entry = this.entries.get(tenantId);
    return entry && this.clock.now() - entry.readAtMs < MAX_AGE_MS ? entry.revision : undefined;
  }

  /** The number of changes of the tenant's documents seen by this process; those of one request count as one. Makes no call. */
  changesSeen(tenantId: string): number {
    return this.entries.get(tenantId)?.changes ?? 0;
  }

  /**
   * Runs work that changes documents. The work reports each change, which is known at once: the database may be out before
   * the next read.
   * @throws what the work throws
   */
  async track<T>(tenantId: string, work: (note: (change: CorpusChange) => void) => Promise<T>): Promise<T> {
    let isChanged = false;
    const note = (change: CorpusChange) => {
      isChanged = true;
      this.note(tenantId, change);
      this.sharing.channel?.publish({ kind: 'corpus_changed', tenant: tenantId, ...change });
    };
    try {
      return await work(note);
    } catch (error) {
      // A statement that was sent may have been carried out although it failed.
      if (!wasNeverSent(error)) {
        isChanged = true;
        const entry = this.entries.get(tenantId);
        if (entry) entry.rightAtMs = Number.NEGATIVE_INFINITY;
      }
      throw error;
    } finally {
      this.expire(tenantId);
      const entry = this.entries.get(tenantId);
      if (entry && isChanged) entry.changes++;
    }
  }

  private isCertain(known: Entry | undefined): boolean {
    if (!known) return false;
    return !this.sharing.isShared || this.clock.now() - known.rightAtMs <= CERTAIN_MS;
  }

  /** Records a change announced by another instance, or by this one. */
  private applyChange({ tenant, ...change }: CorpusChangeMessage): void {
    const entry = this.entries.get(tenant);
    const isKnown = change.deleted.every(
      (id) => (entry?.deletions.get(id)?.revision ?? 0) >= change.revision,
    );
    if (!entry || (entry.revision >= change.revision && isKnown)) return;
    this.note(tenant, change);
    entry.changes++;
  }

  private note(tenantId: string, { revision, deleted }: CorpusChange): void {
    this.expire(tenantId);
    const entry = this.entries.get(tenantId);
    if (!entry || !isSameCorpus(entry.revision, revision)) return;
    entry.revision = Math.max(entry.revision, revision);
    for (const documentId of deleted) {
      const known = entry.deletions.get(documentId)?.revision ?? 0;
      putLast(entry.deletions, documentId, {
        revision: Math.max(revision, known),
        seenAtMs: this.clock.now(),
      });
    }
  }

  /** Makes the next call read again. A read in progress may have started before a write, so its result is discarded. */
  private expire(tenantId: string): void {
    const entry = this.entries.get(tenantId);
    if (entry) entry.readAtMs = Number.NEGATIVE_INFINITY;
    this.reads.delete(tenantId);
  }

  private refresh(tenantId: string): Read {
    const running = this.reads.get(tenantId);
    if (running) return running;
    const isWanted = () => this.reads.get(tenantId) === read;
    const settled = new AbortController();
    const slow = sleep(this.clock, MAX_READ_WAIT_MS, settled.signal).catch(() => undefined);
    const ended = this.read(tenantId, isWanted).finally(() => {
      settled.abort();
      if (isWanted()) this.reads.delete(tenantId);
    });
    const read: Read = { ended, endedOrSlow: Promise.race([ended, slow]) };
    this.reads.set(tenantId, read);
    return read;
  }

  private async read(tenantId: string, isWanted: () => boolean): Promise<void> {
    const known = this.entries.get(tenantId);
    const readAtMs = this.clock.now();
    try {
      const since = known?.readRevision ?? 0;
      let state = await this.repository.read(tenantId, since);
      const isSame = isSameCorpus(since, state.revision);
      // The revision is from another database, so known deletions mean nothing.
      if (!isSame && known) state = await this.repository.read(tenantId, 0);
      if (!isWanted()) return;
      const deletions = (isSame ? known?.deletions : undefined) ?? new Map<string, Deletion>();
      for (const { documentId, revision } of state.deletions)
        putLast(deletions, documentId, { revision, seenAtMs: readAtMs });
      this.forget(deletions);
      const { revision } = state;
      const changes = known ? known.changes + Number(known.revision !== revision) : 0;
      this.entries.set(tenantId, {
        revision,
        readRevision: revision,
        changes,
        deletions,
        readAtMs,
        rightAtMs: readAtMs,
      });
    } catch {
      // The guard has recorded the failure. The last known state is used.
    }
  }

  /** Forgets old deletions in this process, and from time to time in the database in the background. */
  private forget(deletions: Map<string, Deletion>): void {
    const now = this.clock.now();
    for (const [documentId, { seenAtMs }] of deletions) {
      if (now - seenAtMs <= this.keepSeconds * 1_000) break;
      deletions.delete(documentId);
    }
    if (now - this.forgotAtMs < FORGET_EVERY_MS) return;
    this.forgotAtMs = now;
    // What is left is forgotten next time.
    void this.repository.forgetDeletions(this.keepSeconds, this.clock.wall()).catch(() => undefined);
  }
}

/** Records a deletion as the newest. */
function putLast(deletions: Map<string, Deletion>, documentId: string, deletion: Deletion): void {
  deletions.delete(documentId);
  deletions.set(documentId, deletion);
}
