import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import { startDeadline, type Deadline } from '../../resilience/time/deadline.ts';
import { waitForOwnTurn } from '../../resilience/time/own-turn.ts';
import { GenerationTargets } from '../../targets/generation/generation-targets.ts';
import { standsAlone } from '../../text/standalone.ts';
import type { Turn } from '../../models/generation.ts';
import type { Condensed } from '../answer/answer.ts';
import { AnswerCache } from '../answer-cache/answer-cache.ts';
import { condensedOf, type Question } from '../answer/question.ts';
import { citedPassages } from '../generation/citations.ts';
import { addTerms } from './follow-up-terms.ts';
import { buildRewriteRequest, readRewrite, type FollowUp } from './rewrite.ts';

/** Time limit of a rewriting. Raised, a slow model delays more answers to follow-ups. */
const LIMIT_MS = 1_500;
/** Share of the question's deadline that a rewriting may take. */
const LIMIT_SHARE = 0.2;
/** Tokens of a rewritten question. Raised, a model that goes on talking takes longer. */
const MAX_TOKENS = 64;

/** Makes a question of a conversation one that can be searched for without the conversation. */
@Injectable()
export class Condensing {
  constructor(
    private readonly targets: GenerationTargets,
    private readonly answers: AnswerCache,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Replaces the text of a question that follows others. A question that stands alone keeps its text. Any other is rewritten
   * by a model, or by rule when no model does it in time.
   * @throws the deadline's signal's reason when the caller has gone
   */
  async condense(question: Question, deadline: Deadline): Promise<Question> {
    const { conversation } = question;
    if (!conversation) return question;
    const condensed = condensedOf(question) ?? (await this.choose(question, conversation, deadline));
    return { ...question, text: condensed.question, conversation: { ...conversation, condensed } };
  }

  private async choose(question: Question, followUp: FollowUp, deadline: Deadline): Promise<Condensed> {
    await waitForOwnTurn();
    if (standsAlone(followUp.asked)) return { by: 'none', question: followUp.asked };
    const limitMs = Math.min(LIMIT_MS, deadline.leftMs() * LIMIT_SHARE);
    using limit = startDeadline(this.clock, limitMs, deadline.signal);
    const titles = this.titlesBefore(question, followUp.history, limit.signal).catch(() => []);
    const written = await this.targets.callOnce(buildRewriteRequest(followUp), MAX_TOKENS, limit);
    await waitForOwnTurn();
    const rewrite = written?.finishReason === 'stop' ? readRewrite(written.text, followUp) : undefined;
    if (rewrite !== undefined) return { by: 'model', question: rewrite };
    return condenseByRule(followUp, await titles);
  }

  /** The titles of the passages that the answer to the question before cites, where it is stored. @throws the signal's reason */
  private async titlesBefore(
    question: Question,
    turns: readonly Turn[],
    signal: AbortSignal,
  ): Promise<string[]> {
    const at = turns.findLastIndex(({ role }) => role === 'user');
    const asked = turns[at]?.content;
    if (asked === undefined) return [];
    const condensed = { by: 'none' as const, question: asked };
    const conversation = { asked, history: turns.slice(0, at), condensed };
    const { fresh, stale } = await this.answers.lookup(
      { ...question, text: asked, conversation },
      false,
      signal,
    );
    const answer = fresh ?? stale;
    const cited = new Set(answer && citedPassages(answer));
    const sources = answer?.sources.filter(({ chunk_id }) => cited.has(chunk_id)) ?? [];
    return sources.flatMap(({ title }) => title ?? []);
  }
}

/** Condenses a question without a model. @param titles of the passages that the last answer cites */
export function condenseByRule(followUp: FollowUp, titles: readonly string[] = []): Condensed {
  const { asked, history } = followUp;
  if (history.length === 0 || standsAlone(asked)) return { by: 'none', question: asked };
  return { by: 'rule', question: addTerms(followUp, titles) };
}
