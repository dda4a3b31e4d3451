import { batch, signal } from '@preact/signals';
import type { Token } from 'marked';
import { GrowingBlocks } from '../../shared/markdown-blocks.ts';
import type { AnswerResponse, Failure, Metadata, Notice, Restart, Source } from './answer-types.ts';

/** As long as the animation `ask-fade` of ask.css. */
const FADE_MS = 1_200;

/** What is being done for a question; the last three stay. */
export type Phase = 'searching' | 'writing' | 'answered' | 'stopped' | 'failed';

/** A question whose answer is to come later. */
export interface Waiting {
  /** Empty while the service has not taken the question yet. */
  id: string;
  state: 'asking' | 'waiting' | 'arrived' | 'refused' | 'gone';
}

/** A turn as it is kept over a reload. */
export interface TurnRecord {
  key: string;
  question: string;
  askedAt: number;
  answeredAt: number;
  phase: Phase;
  text: string;
  sources: Source[];
  notice?: Notice | undefined;
  restarts: Restart[];
  metadata?: Metadata | undefined;
  failure?: Failure | undefined;
  waiting?: Waiting | undefined;
  stream?: { id: string; lastEventId: string } | undefined;
  isFresh: boolean;
}

/** One question and its answer, as it stands now. */
export class Turn {
  readonly phase = signal<Phase>('searching');
  readonly blocks = signal<readonly Token[]>([]);
  readonly sources = signal<readonly Source[]>([]);
  readonly notice = signal<Notice | undefined>(undefined);
  /** The text that was dropped last, while it fades. */
  readonly lost = signal<readonly Token[] | undefined>(undefined);
  readonly restarts = signal<readonly Restart[]>([]);
  readonly metadata = signal<Metadata | undefined>(undefined);
  readonly failure = signal<Failure | undefined>(undefined);
  readonly waiting = signal<Waiting | undefined>(undefined);
  /** Whether the connection is lost while the answer goes on. */
  readonly isCutOff = signal(false);
  answeredAt = 0;
  stream: { id: string; lastEventId: string } | undefined;
  /** All text since the last restart. */
  text = '';
  private growing = new GrowingBlocks();
  private unpainted = '';
  private frame = 0;

  constructor(
    readonly question: string,
    readonly key: string = crypto.randomUUID(),
    readonly askedAt: number = Date.now(),
    /** Whether no stored answer will do. */
    readonly isFresh = false,
  ) {}

  get isOpen(): boolean {
    return this.phase.value === 'searching' || this.phase.value === 'writing';
  }

  /** Adds to the text, which is painted with the next frame. */
  append(text: string): void {
    this.text += text;
    this.unpainted += text;
    if (this.phase.value === 'searching') this.phase.value = 'writing';
    this.frame ||= requestAnimationFrame(() => this.paint());
  }

  /** Drops the text so far. What follows takes its place. */
  restart(restart: Restart): void {
    batch(() => {
      this.paint();
      if (this.blocks.value.length > 0) {
        this.lost.value = this.blocks.value;
        setTimeout(() => (this.lost.value = undefined), FADE_MS);
      }
      this.restarts.value = [...this.restarts.value, restart].slice(-20);
      this.notice.value = undefined;
      this.clearText();
      this.phase.value = 'searching';
    });
  }

  /** Takes a whole response in the place of all that was shown. */
  finish({ answer, sources, metadata }: AnswerResponse): void {
    batch(() => {
      this.setText(answer);
      this.sources.value = sources;
      this.metadata.value = metadata;
      this.failure.value = undefined;
      this.end('answered');
    });
  }

  fail(failure: Failure): void {
    batch(() => {
      this.paint();
      this.failure.value = failure;
      // What they announce has not come.
      this.restarts.value = [];
      this.end('failed');
    });
  }

  stop(): void {
    batch(() => {
      this.paint();
      this.end('stopped');
    });
  }

  toRecord(): TurnRecord {
    return {
      key: this.key,
      question: this.question,
      askedAt: this.askedAt,
      answeredAt: this.answeredAt,
      phase: this.phase.value,
      text: this.text,
      sources: [...this.sources.value],
      notice: this.notice.value,
      restarts: [...this.restarts.value],
      metadata: this.metadata.value,
      failure: this.failure.value,
      waiting: this.waiting.value,
      stream: this.stream,
      isFresh: this.isFresh,
    };
  }

  static fromRecord(record: TurnRecord): Turn {
    const turn = new Turn(record.question, record.key, record.askedAt, record.isFresh);
    turn.setText(record.text);
    turn.phase.value = record.phase;
    turn.answeredAt = record.answeredAt;
    turn.sources.value = record.sources;
    turn.notice.value = record.notice;
    turn.restarts.value = record.restarts;
    turn.metadata.value = record.metadata;
    turn.failure.value = record.failure;
    turn.waiting.value = record.waiting;
    turn.stream = record.stream;
    return turn;
  }

  private end(phase: Phase): void {
    this.phase.value = phase;
    this.isCutOff.value = false;
    this.stream = undefined;
    this.answeredAt = Date.now();
  }

  /** The text that was painted already is not read again. */
  private setText(text: string): void {
    if (text !== this.text) {
      this.clearText();
      this.text = text;
      this.unpainted = text;
    }
    this.paint();
    this.growing.settle();
    this.blocks.value = this.growing.blocks;
  }

  private clearText(): void {
    this.text = '';
    this.unpainted = '';
    this.growing = new GrowingBlocks();
    this.blocks.value = [];
  }

  private paint(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (this.unpainted === '') return;
    this.growing.append(this.unpainted);
    this.unpainted = '';
    this.blocks.value = this.growing.blocks;
  }
}
