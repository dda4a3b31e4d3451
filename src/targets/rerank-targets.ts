import type { Reranker } from '../models/reranker.ts';
import type { Clock } from '../resilience/time/clock.ts';
import { isCallerGone } from '../resilience/time/deadline.ts';
import type { Classify, Verdict } from '../resilience/guard/outcome.ts';
import { latchTargetsWithSameKey, type GuardedTarget } from './guarded-target.ts';

/** A reranker behind its guard. */
export interface GuardedReranker extends GuardedTarget {
  reranker: Reranker;
}

/** A question is reranked by one target, or by another one after it. A third would take the time of an answer. */
const MAX_CALLS = 2;
/** A target that refuses so many different questions in a row refuses all. Lowered, long questions of one caller open its circuit. */
const REFUSED_QUESTIONS = 3;

/** The configured rerankers in their order, each behind its own guard. */
export class RerankTargets {
  /** The questions that each target has refused since it scored one. */
  private readonly refused = new Map<GuardedReranker, Set<string>>();

  constructor(
    private readonly targets: GuardedReranker[],
    private readonly classify: Classify,
    /** Milliseconds for one question, over all calls. */
    private readonly timeoutMs: number,
    private readonly clock: Clock,
  ) {}

  /** Whether there is any reranker. */
  get isConfigured(): boolean {
    return this.targets.length > 0;
  }

  /**
   * Scores texts with the first target that may be called, and with the next one when it fails. No call is repeated.
   * @returns one finite score per text, in their order; undefined when no target has scored them in time
   * @throws the signal's reason when the caller has gone; a spent deadline is no score in time
   */
  async score(question: string, texts: string[], signal: AbortSignal): Promise<number[] | undefined> {
    if (isCallerGone(signal)) throw signal.reason;
    const endsAt = this.clock.now() + this.timeoutMs;
    const callable = this.targets.filter(({ guard }) => guard.rejection === null).slice(0, MAX_CALLS);
    if (callable.length === 0) for (const { guard } of this.targets) guard.injection.noteRejection();
    for (const [at, target] of callable.entries()) {
      const timeoutMs = (endsAt - this.clock.now()) / (callable.length - at);
      if (timeoutMs <= 0 || signal.aborted) return undefined;
      try {
        const { guard, reranker } = target;
        const score = (attempt: AbortSignal) => reranker.score(question, texts, attempt);
        const classify = (error: unknown) => this.classifyRefusal(error, target, question);
        const scores = await guard.execute(score, { signal, timeoutMs, classify });
        this.refused.delete(target);
        return scores;
      } catch (error) {
        if (isCallerGone(signal)) throw signal.reason;
        const { errorType, hold } = this.classify(error);
        if (errorType === 'credentials') latchTargetsWithSameKey(this.targets, target, hold?.ms ?? 0);
      }
    }
    return undefined;
  }

  /** What an error means: a refusal is the question's own affair, unless the target refuses every question. */
  private classifyRefusal(error: unknown, target: GuardedReranker, question: string): Verdict {
    const verdict = this.classify(error);
    if (verdict.errorType !== 'invalid_request') return verdict;
    const questions = this.refused.get(target) ?? new Set();
    if (questions.size < REFUSED_QUESTIONS) questions.add(question);
    this.refused.set(target, questions);
    return questions.size < REFUSED_QUESTIONS ? verdict : { ...verdict, outcome: 'failure' };
  }
}
