import type { FallbackReason } from '../../models/generation.ts';
import type { GenerationListener, Speaker } from '../../targets/generation/failover-options.ts';
import type { AnswerProgress } from '../answer-stream/answer-progress.ts';
import type { Source } from '../answer/answer.ts';
import { waitForOwnTurn, workInParts } from '../../resilience/time/own-turn.ts';
import { CitationFilter } from './citation-filter.ts';
import type { FittedPrompt } from './prompt-fitting.ts';

/** What the text of a target is shown with. */
export interface TextFrame {
  /** The passages that a target was given, as sources. */
  sourcesOf(request: FittedPrompt): Source[];
  /** What is told of a text by this target; null for a usual one. */
  noticeOf(speaker: Speaker<FittedPrompt>): string | null;
}

const USUAL = { fallback_source: null, fallback_reason: null, provisional: false };

/** Shows the text of an answer while targets generate it, one target's text at a time, without unknown citations. */
export class ShownText implements GenerationListener<FittedPrompt> {
  private current: { speaker: Speaker<FittedPrompt>; filter: CitationFilter; text: string } | undefined;
  private readonly sources = new Map<FittedPrompt, Source[]>();

  constructor(
    private readonly progress: AnswerProgress,
    private readonly frame: TextFrame,
    /** Called when nobody should wait longer: another answer is to be offered. */
    readonly onPatienceOver: NonNullable<GenerationListener<FittedPrompt>['onPatienceOver']>,
  ) {}

  /** The sources of a request, made once. */
  sourcesOf(request: FittedPrompt): Source[] {
    const sources = this.sources.get(request) ?? this.frame.sourcesOf(request);
    this.sources.set(request, sources);
    return sources;
  }

  /** Shows the passages before a model has spoken. The request is sent first: reading the passages takes milliseconds. */
  onCall({ request }: Speaker<FittedPrompt>): void {
    const show = () => this.progress.showFirstSources(this.sourcesOf(request));
    // A fault in it is thrown when the answer needs the sources.
    // The first turn may be the one in which the request is made, before its bytes are sent.
    void waitForOwnTurn()
      .then(waitForOwnTurn)
      .then(show)
      .catch(() => undefined);
  }

  onToken(part: string, speaker: Speaker<FittedPrompt>): boolean {
    const { progress } = this;
    const isNew = this.current?.speaker !== speaker;
    if (isNew || !this.current)
      this.current = { speaker, filter: new CitationFilter(speaker.request.context.length), text: '' };
    const shown = this.current.filter.push(part);
    this.current.text += shown;
    if (shown === '') return progress.isRead;
    if (progress.isProvisional) progress.reset('model_answered', speaker.target);
    if (progress.length === 0) {
      const notice = this.frame.noticeOf(speaker);
      progress.begin({
        sources: this.sourcesOf(speaker.request),
        notice: notice === null ? null : { ...USUAL, notice },
      });
      progress.addText(this.current.text);
    } else progress.addText(shown);
    return progress.isRead;
  }

  onBreak(target: string, reason: FallbackReason): void {
    this.current = undefined;
    if (!this.progress.isProvisional) this.progress.reset(reason, target);
  }

  /** The whole text of a finished generation. */
  async finish(text: string, passageCount: number): Promise<string> {
    const filter = new CitationFilter(passageCount);
    let shown = '';
    await workInParts(text, (part) => (shown += filter.push(part)));
    return shown + filter.finish();
  }
}
