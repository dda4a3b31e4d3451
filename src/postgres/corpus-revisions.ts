import { unlessAborted } from '../resilience/abort.ts';
import type { Clock } from '../resilience/clock.ts';
import type { PeerChannel } from '../resilience/peer-channel.ts';
import type { CorpusChangeMessage } from '../resilience/peer-message.ts';
import { isSameCorpus } from './corpus-revision.ts';
import type { CorpusChange, CorpusRepository } from './corpus.repository.ts';
import { wasNeverSent } from './database-errors.ts';

/** What this process knows of a tenant's documents; good enough to judge a cached answer without the database. */
export interface KnownCorpus {
  revision: number;
  /** Whether the documents are still these, as far as this process can know: not when the database was not heard of for long. */
  isCertain: boolean;
  /** Whether that document was deleted after that revision, or the revision is not one of these documents at all. */
  deletedSince(documentId: string, revision: number): boolean;
}

interface Deletion {
  revision: number;
  seenAtMs: number;
}

interface Entry {
  revision: number;
  /** The revision that was read last; own changes since may stand beside others that are not known yet. */
  readRevision: number;
  changes: number;
  /** By document; those first that were seen first. */
  deletions: Map<string, Deletion>;
  /** When it was read last; -∞ when it must be read again. */
  readAtMs: number;
  /** Until when it is known to be right, as far as this process can know. */
  rightAtMs: number;
}

/** With whom the documents are shared. */
export interface CorpusSharing {
  /** Whether other processes may change them, too. */
  isShared: boolean;
  /** Over which their changes are told; undefined when there is none. */
  channel: PeerChannel | undefined;
}

/** Another instance's write is seen here at most this much later. */
const MAX_AGE_MS = 1_000;
/** Others may change documents in a database that this process cannot reach: after so long it does not count on what it knows. */
const CERTAIN_MS = 30_000;
/** Between two times that the database is told to forget old deletions. */
const FORGET_EVERY_MS = 3_600_000;

/** Keeps the revision of each tenant's documents at hand, so that a cached answer costs at most one small read a second. */
export class CorpusRevisions {
  private readonly entries = new Map<string, Entry>();
  private readonly reads = new Map<string, Promise<void>>();
  private forgotAtMs = Number.NEGATIVE_INFINITY;

  /** @param keepSeconds no remembered answer is older, and nothing deleted before needs to be known */
  constructor(
    private readonly repository: CorpusRepository,
    private readonly clock: Clock,
    private readonly keepSeconds: number,
    private readonly sharing: CorpusSharing,
  ) {
    sharing.channel?.listen((message) => {
      if (message.kind === 'corpus_changed') this.hear(message);
    });
  }

  /**
   * What is known now, read again when older than a second. When the database does not answer, the last known
   * state is given. Undefined when none was ever read.
   */
  async current(tenantId: string, signal: AbortSignal): Promise<KnownCorpus | undefined> {
    // Reading it never fails: only the wait for it ends, with the caller's signal.
    if (this.latest(tenantId) === undefined)
      await unlessAborted(this.refresh(tenantId), signal).catch(() => undefined);
    const known = this.entries.get(tenantId);
    return (
      known && {
        revision: known.revision,
        isCertain: !this.sharing.isShared || this.clock.now() - known.rightAtMs <= CERTAIN_MS,
        deletedSince: (documentId, revision) =>
          !isSameCorpus(revision, known.revision) ||
          (known.deletions.get(documentId)?.revision ?? 0) > revision,
      }
    );
  }

  /** The revision when it was read within the last second; asks nobody. */
  latest(tenantId: string): number | undefined {
    const entry = this.entries.get(tenantId);
    return entry && this.clock.now() - entry.readAtMs < MAX_AGE_MS ? entry.revision : undefined;
  }

  /** How many changes of the tenant's documents were made or seen here, those of one request as one; asks nobody. */
  changesSeen(tenantId: string): number {
    return this.entries.get(tenantId)?.changes ?? 0;
  }

  /**
   * Runs what changes documents in this process, which tells each change as it is made: it is known at once, since the
   * database may be gone before the next read.
   * @throws what the work threw
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
      // It may have been done all the same, once it was sent.
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

  /** Takes note of a change made by another instance, or of an own one that came back. */
  private hear({ tenant, ...change }: CorpusChangeMessage): void {
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

  /** Makes the next look read again; a read under way may have begun before a write, so its result must not count. */
  private expire(tenantId: string): void {
    const entry = this.entries.get(tenantId);
    if (entry) entry.readAtMs = Number.NEGATIVE_INFINITY;
    this.reads.delete(tenantId);
  }

  private refresh(tenantId: string): Promise<void> {
    const running = this.reads.get(tenantId);
    if (running) return running;
    const read: Promise<void> = this.read(tenantId, () => this.reads.get(tenantId) === read).finally(() => {
      if (this.reads.get(tenantId) === read) this.reads.delete(tenantId);
    });
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
      // Numbers of another database: what was deleted there may be below those known.
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
      // The guard has accounted for the failure; the last known state serves.
    }
  }

  /** Forgets what was deleted too long ago: here, and now and then in the database, where nobody waits for it. */
  private forget(deletions: Map<string, Deletion>): void {
    const now = this.clock.now();
    for (const [documentId, { seenAtMs }] of deletions) {
      if (now - seenAtMs <= this.keepSeconds * 1_000) break;
      deletions.delete(documentId);
    }
    if (now - this.forgotAtMs < FORGET_EVERY_MS) return;
    this.forgotAtMs = now;
    // What is left is forgotten next time; the guard of the database has logged why.
    void this.repository.forgetDeletions(this.keepSeconds, this.clock.wall()).catch(() => undefined);
  }
}

/** Keeps those first that were seen first. */
function putLast(deletions: Map<string, Deletion>, documentId: string, deletion: Deletion): void {
  deletions.delete(documentId);
  deletions.set(documentId, deletion);
}
