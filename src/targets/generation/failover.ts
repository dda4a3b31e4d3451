import { ServiceError } from '../../telemetry/service-error.ts';
import { isCallerGone } from '../../resilience/time/deadline.ts';
import { backoffMs } from '../../resilience/time/backoff.ts';
import { pause } from '../../resilience/time/clock.ts';
import { isService, type GuardedGenerator } from './generation-target.ts';
import type { GenerationRequest } from '../../models/generation.ts';
import type {
  FailoverDependencies,
  FailoverOptions,
  FitRequest,
  GenerationResult,
  Speaker,
} from './failover-options.ts';
import { HedgedCall } from './hedged-call.ts';
import { answerTokens, fitContext } from './narrowing.ts';
import { watchShare } from './time-share.ts';
import { AttemptLog } from './attempt-log.ts';
import type { CallFailure } from './call-result.ts';
import type { TargetCall } from './target-call.ts';
import { Patience } from './patience.ts';

/** Targets that may refuse a question, or give no answer to it, before the fallback ladder answers. Raising it makes more calls for questions that no target takes. */
const MAX_REFUSALS = 2;

/** Calls one target after the other for one question, hedges slow ones, and retries when no target is left. */
export class GenerationFailover<R extends GenerationRequest> {
  private readonly untried: GuardedGenerator[];
  private readonly calls: AttemptLog;
  private readonly requests = new Map<GuardedGenerator, R | undefined>();
  /** The context windows of targets for which the request was too long, in tokens. */
  private readonly narrowed = new Map<GuardedGenerator, number>();
  /** The contexts of which services told the size: others may have been too small for a moment. */
  private readonly told = new Map<GuardedGenerator, number>();
  /** The target to ask again with a shorter request. */
  private shortened: GuardedGenerator | undefined;
  private retries = 0;
  private refusals = 0;
  private isShown = false;
  private readonly patience: Patience;
  private isPatienceOver = false;

  constructor(
    private readonly dependencies: FailoverDependencies,
    private readonly fit: FitRequest<R>,
    private readonly options: FailoverOptions<R>,
  ) {
    this.untried = dependencies.order.ranked();
    // A demotion by a drill is a part of it.
    for (const [place, { guard }] of dependencies.order.targets.entries())
      if (this.untried.findIndex((target) => target.guard === guard) > place) guard.injection.noteRejection();
    this.calls = new AttemptLog(dependencies.policy.maxHoldWaitMs);
    this.patience = new Patience({
      clock: dependencies.clock,
      waitedMs: options.waitedMs ?? 0,
      hasAlternative: () => this.alternatives.length > 0,
      onOver: () => this.endPatience(),
    });
  }

  /**
   * @throws the signal's reason when the caller has gone, or a fault of this service; a spent deadline is a result, not a
   *   throw
   */
  async run(): Promise<GenerationResult<R>> {
    try {
      return await this.walk();
    } finally {
      this.dependencies.overdue.delete(this);
    }
  }

  private async walk(): Promise<GenerationResult<R>> {
    for (let target = this.nextUntried(); target;) {
      const call = await this.callTarget(target);
      if (isCallerGone(this.options.signal)) throw this.options.signal.reason;
      const { result } = call;
      const request = this.requestFor(call.target);
      if (result?.ok && request) {
        const context_tokens = this.told.get(call.target);
        if (context_tokens !== undefined) call.target.guard.learnt.learn({ context_tokens });
        const speaker = this.speaker(call.target, request);
        return { ok: true, ...speaker, attempts: this.calls.attempts, ...result.generation };
      }
      if (!result || result.ok || !this.mayGoOn(call.target, result)) break;
      // Another model may take what one has refused. What two have refused is the question's own fault.
      if (result.tooLong) this.narrow(call.target, request, result.tooLong.limit);
      else if (result.isOfQuestion && ++this.refusals === MAX_REFUSALS) break;
      target = await this.nextTarget(call.target);
    }
    return { ok: false, reason: this.calls.reason, attempts: this.calls.attempts };
  }

  /** Whether another target may be asked: also for what only a target refuses that refuses different questions. */
  private mayGoOn(target: GuardedGenerator, { nextTarget, outcome, refusal }: CallFailure): boolean {
    const { demotion } = this.dependencies.order.rankOf(target);
    const isOfTarget = demotion?.cause === 'refusing' && outcome === 'ignored' && refusal !== undefined;
    return nextTarget || isOfTarget;
  }

  private callTarget(first: GuardedGenerator): Promise<TargetCall> {
    const { order, policy, clock } = this.dependencies;
    return new HedgedCall({
      clock,
      hedgeAfterMs: policy.hedgeAfterMs,
      hasMoreTargets: () => this.untried.length > 0,
      nextHedge: (silent) => this.nextHedge(silent),
      run: (call, onFirstToken) => this.runCall(call, onFirstToken),
      onNoFirstToken: ({ target, startedAt }) => order.rankOf(target).demote('silent', startedAt),
    }).run(first);
  }

  private async runCall(call: TargetCall, onFirstToken: () => void): Promise<void> {
    const { order, retryBudget, classify } = this.dependencies;
    const { target, startedAt } = call;
    const rank = order.rankOf(target);
    const { signal, listener } = this.options;
    const request = this.requestFor(target);
    if (!request) throw new ServiceError('a target is called that does not fit');
    if (this.calls.countOf(target) === 0) retryBudget.recordCall();
    this.calls.add(call);
    rank.recordStart();
    const speaker = this.speaker(target, request);
    let hasText = false;
    const waiting = isService(target) ? this.patience.watch(call, target.times) : undefined;
    const endWatch =
      order.targets.length > 1 &&
      watchShare(call, {
        clock: this.dependencies.clock,
        shareMs: this.options.leftMs() / (1 + this.alternatives.length),
        hasAlternative: () => this.alternatives.length > 0,
      });
    try {
      await call.run(request, {
        signal,
        classify,
        maxTokens: answerTokens(this.narrowed.get(target)),
        onStart: () => listener?.onCall?.(speaker),
        onFirstToken: () => {
          order.recordFirstToken(target, startedAt);
          onFirstToken();
        },
        onActivity: () => waiting?.noteToken(),
        onToken: (text) => {
          hasText = true;
          if (listener?.onToken?.(text, speaker)) this.isShown = true;
        },
      });
    } finally {
      if (endWatch) endWatch();
      waiting?.end();
    }
    if (hasText && call.result && !call.result.ok) listener?.onBreak?.(target.guard.name, call.result.reason);
    if (call.isShareSpent) rank.demote('slow', startedAt);
    else if (!call.hasFirstToken && isOwnTimeout(call, signal)) rank.demote('silent', startedAt);
    rank.recordEnd(startedAt, showsSuccess(call, signal));
    const { result } = call;
    if (!result || result.ok) return;
    if (result.badCredentials) this.dependencies.onBadCredentials(target, result.holdMs);
    const { refusal } = result;
    if (refusal !== undefined && rank.recordRefusal(request.question.trim(), refusal))
      target.guard.reportRefusing(refusal);
  }

  private speaker(target: GuardedGenerator, request: R): Speaker<R> {
    const { guard, isLocal } = target;
    return { target: guard.name, isBackup: target !== this.usualTarget, isLocal, request };
  }

  private endPatience(): void {
    if (this.isPatienceOver) return;
    this.isPatienceOver = true;
    this.dependencies.overdue.add(this);
    this.options.listener?.onPatienceOver?.('generation_timeout', this.calls.attemptsSoFar);
  }

  /** The targets that could be called now and were not. Called by a timer, where nobody would catch an error. */
  private get alternatives(): GuardedGenerator[] {
    return this.untried.filter((target) => {
      if (target.guard.rejection !== null || (this.callsLeft <= 0 && !target.isLocal)) return false;
      try {
        return this.requestFor(target) !== undefined;
      } catch {
        // The fault is thrown when it is the target's turn.
        return false;
      }
    });
  }

  private async nextTarget(failed: GuardedGenerator): Promise<GuardedGenerator | undefined> {
    const again = this.shortened;
    this.shortened = undefined;
    if (again) return again;
    const isRetriedFirst = this.calls.countOf(failed) <= failed.retries && this.callsLeft > 1;
    const retried = isRetriedFirst ? await this.retry([failed]) : undefined;
    return retried ?? this.nextUntried() ?? (await this.retry([...this.requests.keys()]));
  }

  /** Calls to services that this question may still make. Those with a shorter request do not count. */
  private get callsLeft(): number {
    return this.dependencies.policy.maxAttempts - this.calls.count + this.narrowed.size;
  }

  /** Fits the question into a smaller context once, so that the same target is asked again; the next one gets the whole. */
  private narrow(target: GuardedGenerator, sent: R | undefined, limit: number | undefined): void {
    if (!sent || this.narrowed.has(target)) return;
    const contextTokens = fitContext(sent.messages, limit, target.promptTokens);
    const promptTokens = contextTokens - (answerTokens(contextTokens) ?? 0);
    const request = this.fit({ ...target, promptTokens });
    // The limit that was told may be too small for the answer alone. Otherwise only a shorter prompt can help.
    if (!request || (contextTokens !== limit && lengthOf(request) >= lengthOf(sent))) return;
    this.narrowed.set(target, contextTokens);
    if (contextTokens === limit) this.told.set(target, limit);
    this.requests.set(target, request);
    this.shortened = target;
  }

  private nextUntried(): GuardedGenerator | undefined {
    return this.take(() => true);
  }

  private nextHedge(silent: GuardedGenerator): GuardedGenerator | undefined {
    const { order } = this.dependencies;
    return this.take((target) => isHealthy(target) && order.allowsHedge(silent));
  }

  /** The request for a target, built once; undefined when the target cannot take the question. */
  private requestFor(target: GuardedGenerator): R | undefined {
    if (!this.requests.has(target)) this.requests.set(target, this.fit(target));
    return this.requests.get(target);
  }

  /** The first configured target that can take the question. */
  private get usualTarget(): GuardedGenerator | undefined {
    return this.dependencies.order.targets.find((target) => this.requestFor(target));
  }

  /** Takes the first target that was not called yet, can take the question and is `wanted`. */
  private take(wanted: (target: GuardedGenerator) => boolean): GuardedGenerator | undefined {
    for (const [index, target] of this.untried.entries()) {
      if (this.callsLeft <= 0 && !target.isLocal) continue;
      if (!this.requestFor(target) || !wanted(target)) continue;
      this.untried.splice(index, 1);
      return target;
    }
    return undefined;
  }

  /** Waits, and returns the first target that may be retried; undefined when none may or there is no time or budget for it. */
  private async retry(targets: GuardedGenerator[]): Promise<GuardedGenerator | undefined> {
    const { policy, retryBudget, clock, random } = this.dependencies;
    const { signal, leftMs } = this.options;
    if (this.isShown || signal.aborted || this.callsLeft <= 0) return undefined;
    const failed = targets.find((target) => this.calls.mayRetry(target));
    if (!failed) return undefined;
    this.retries++;
    const pauseMs = Math.max(backoffMs(this.retries, policy, random), this.calls.holdMs(failed));
    if (pauseMs >= leftMs() || !retryBudget.tryTake()) return undefined;
    await pause(clock, pauseMs, signal);
    if (isCallerGone(signal)) throw signal.reason;
    if (signal.aborted) return undefined;
    failed.guard.recordRetry();
    return failed;
  }
}

/** Characters of a prompt. */
function lengthOf({ messages }: GenerationRequest): number {
  return messages.reduce((sum, { content }) => sum + content.length, 0);
}

/** Whether the call reached its own time limit, and not the question's deadline. */
function isOwnTimeout({ result }: TargetCall, signal: AbortSignal): boolean {
  return result !== undefined && !result.ok && result.outcome === 'timeout' && !signal.aborted;
}

/** Whether the call shows that the target works or fails; undefined when it shows neither. */
function showsSuccess({ result }: TargetCall, signal: AbortSignal): boolean | undefined {
  if (!result || signal.aborted) return undefined;
  if (result.ok) return true;
  return result.outcome === 'failure' || result.outcome === 'timeout' ? false : undefined;
}

/** Whether a target may be used as a hedge. The trials of a half-open circuit are kept for first calls. */
function isHealthy({ guard }: GuardedGenerator): boolean {
  return guard.rejection === null && guard.snapshot().is_healthy;
}
