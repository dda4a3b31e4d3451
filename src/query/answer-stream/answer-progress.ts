import type { ValueOrigin } from '../../cache/cache.ts';
import { untilAborted } from '../../resilience/time/deadline.ts';
import type { Answer, Source } from '../answer/answer.ts';
import type { AnswerEvent, ResetReason } from './answer-event.ts';

/** What stands before a text: the passages that it cites, and what its reader is told. */
export interface TextStart {
  sources: Source[];
  /** Null for a usual answer. */
  notice: Omit<Extract<AnswerEvent, { type: 'notice' }>, 'type'> | null;
}

/**
 * What happened to an answer: an event, a text that stands for the answer to whoever does not wait longer (`usable`), or the
 * error that ended it.
 */
export type ProgressEntry =
  | Exclude<AnswerEvent, { type: 'error' }>
  | { type: 'usable'; answer: Answer }
  | { type: 'failed'; error: unknown };

/**
 * The progress of one answer, written by its stages and read by any number of readers. Its memory is bounded by the longest
 * answer of a model, however slowly a reader reads.
 */
export class AnswerProgress {
  /** The answer for a caller who waits for one text: the final one, or a provisional one when patience is over. */
  readonly usable: Promise<Answer>;
  private readonly resolvers = Promise.withResolvers<Answer>();
  private readonly entries: ProgressEntry[] = [];
  private changed = Promise.withResolvers<void>();
  private shownSources: Source[] | undefined;
  private shownText = '';
  private hasNotice = false;
  private readonly documents = new Set<string>();
  /** The revision in which the documents are read; undefined as long as nobody knows it. */
  revision: number | undefined;
  /** Whether somebody sees the text as it comes. */
  isRead = false;
  /** Whether what is shown may be replaced by a model's text. */
  isProvisional = false;
  /** Whether an answer or an error has ended it. */
  isEnded = false;

  constructor() {
    this.usable = this.resolvers.promise;
    // Readers of the events learn of the failure by its entry.
    this.usable.catch(() => undefined);
  }

  /** Where a new reader begins: what an earlier `reset` has dropped is not shown to it. */
  get start(): number {
    return this.entries.findLastIndex(({ type }) => type === 'reset') + 1;
  }

  /**
   * The entry at a position, once it is there. After `done` and `failed` there are no more.
   * @throws the signal's reason
   */
  async at(position: number, signal: AbortSignal): Promise<ProgressEntry> {
    for (;;) {
      signal.throwIfAborted();
      const entry = this.entries[position];
      if (entry) return entry;
      await untilAborted(() => this.changed.promise, signal);
    }
  }

  /** The documents of all passages so far. Those of an unknown revision are from before every other one. */
  get origin(): ValueOrigin {
    return { documents: [...this.documents], revision: this.revision ?? 0 };
  }

  /** How many characters are shown. */
  get length(): number {
    return this.shownText.length;
  }

  /** Shows the passages before any text. */
  showFirstSources(sources: Source[]): void {
    if (!this.shownSources && !this.isEnded) this.showSources(sources);
  }

  /** Shows the passages, unless they are shown already. */
  private showSources(sources: Source[]): void {
    if (this.shownSources && isSame(this.shownSources, sources)) return;
    this.shownSources = sources;
    this.noteOrigin({ sources });
    this.add({ type: 'sources', sources });
  }

  /** Begins a text. */
  begin({ sources, notice }: TextStart): void {
    this.showSources(sources);
    if (!notice) return;
    this.hasNotice = true;
    this.add({ type: 'notice', ...notice });
  }

  /** Adds a part of the text. */
  addText(text: string): void {
    if (text === '') return;
    this.shownText += text;
    this.add({ type: 'token', text });
  }

  /** Drops text and notice, when something is shown. */
  reset(reason: ResetReason, target: string): void {
    if (this.shownText === '' && !this.hasNotice) return;
    this.shownSources = undefined;
    this.shownText = '';
    this.hasNotice = false;
    this.isProvisional = false;
    this.add({ type: 'reset', reason, target });
  }

  /** Shows an answer that another one may replace. Callers who wait for one text get it. */
  offer(answer: Answer): void {
    const reason = 'generation_timeout';
    this.reset(reason, answer.metadata.attempts.at(-1)?.target ?? '');
    this.begin({ sources: answer.sources, notice: noticeOf(answer, true) });
    this.addText(answer.answer);
    this.isProvisional = true;
    this.noteOrigin(answer);
    this.add({ type: 'usable', answer });
    this.resolvers.resolve(answer);
  }

  /** Ends with the answer. What is shown of its text is completed, or replaced where it is another one. */
  finish(answer: Answer): void {
    if (this.shownText !== '' && !answer.answer.startsWith(this.shownText))
      this.reset('text_revised', answer.metadata.target ?? '');
    if (this.shownText === '')
      this.begin({ sources: answer.sources, notice: this.hasNotice ? null : noticeOf(answer, false) });
    this.addText(answer.answer.slice(this.shownText.length));
    this.isEnded = true;
    this.noteOrigin(answer);
    this.add({ type: 'done', answer });
    this.resolvers.resolve(answer);
  }

  /** Ends with an error. */
  fail(error: unknown): void {
    this.isEnded = true;
    this.add({ type: 'failed', error });
    this.resolvers.reject(error);
  }

  private noteOrigin({ sources, revision }: Pick<Answer, 'sources' | 'revision'>): void {
    for (const { document_id: id } of sources) this.documents.add(id);
    this.revision ??= revision;
  }

  private add(entry: ProgressEntry): void {
    this.entries.push(entry);
    this.changed.resolve();
    this.changed = Promise.withResolvers();
  }
}

function noticeOf({ metadata }: Answer, provisional: boolean): TextStart['notice'] {
  const { notice, fallback_source, fallback_reason } = metadata;
  return notice === null ? null : { notice, fallback_source, fallback_reason, provisional };
}

/** Whether both show the same passages with the same excerpts. */
export function isSame(shown: Source[], sources: Source[]): boolean {
  const isSameAt = ({ chunk_id, excerpt }: Source, at: number) =>
    chunk_id === shown[at]?.chunk_id && excerpt === shown[at].excerpt;
  return shown.length === sources.length && sources.every(isSameAt);
}
