import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { GuardRegistry } from '../resilience/guard/guard-registry.ts';
import { GenerationTargets } from '../targets/generation/generation-targets.ts';
import { ServingModel } from '../targets/serving-model.ts';
import { readTargetState } from './target-state.ts';

/** Checks the models by the state of their guards, without a call. A model that is out degrades the service and never takes it down. */
@Injectable()
export class ModelChecks {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly guards: GuardRegistry,
    private readonly serving: ServingModel,
    private readonly targets: GenerationTargets,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  generation(): HealthIndicatorResult {
    const names = this.config.generation.targets.map(({ name }) => name);
    return this.check('generation', names);
  }

  /**
   * While the model is being changed, how far that is; it degrades nothing as long as the former one serves. Hosts whose
   * vectors have another length than the stored ones, with both lengths: questions are searched without them. Chunks that
   * wait because their host may not be called, and how many chunks it has refused, which degrades nothing.
   */
  embedding(): HealthIndicatorResult {
    const names = this.config.embedding.targets.map(({ name }) => name);
    const { reembedding, dimensionMismatches: mismatches } = this.serving;
    const fits = Object.keys(mismatches).length === 0;
    const ingestion = this.ingestion();
    const { refused } = this.serving.missing;
    const details = {
      ...(fits ? {} : { dimension_mismatches: mismatches }),
      ...(ingestion ? { ingestion: ingestion.shown } : {}),
      ...(refused > 0 ? { refused_chunks: refused } : {}),
    };
    const reasons = Object.keys(mismatches).map((name) => `${name} makes vectors of another length`);
    if (ingestion) reasons.push(ingestion.reason);
    if (!reembedding) return this.check('embedding', names, details, reasons);
    const { isServed, ...progress } = reembedding;
    const previous = isServed ? this.config.embedding.previous.map(({ name }) => name) : [];
    if (!isServed) reasons.push('the documents are being embedded again');
    return this.check('embedding', [...names, ...previous], { ...details, reembedding: progress }, reasons);
  }

  /** Undefined where no reranker is configured. */
  reranking(): HealthIndicatorResult | undefined {
    const names = this.config.rerank.targets.map(({ name }) => name);
    return names.length > 0 ? this.check('reranking', names) : undefined;
  }

  /** Why chunks wait for their vectors; undefined while some host may be called for them. */
  private ingestion() {
    const { guards } = this.serving.own.ingestion;
    const { waiting } = this.serving.missing;
    const states = Object.fromEntries(
      guards.map((guard) => [guard.name, readTargetState(guard, undefined).state]),
    );
    if (guards.some(({ rejection }) => rejection === null)) return undefined;
    const names = Object.keys(states).join(', ');
    const counted = waiting === 1 ? '1 chunk waits' : `${waiting} chunks wait`;
    const chunks = waiting === 0 ? 'new chunks would wait' : counted;
    const reason = `${chunks} for vectors, because ${names} may not be called`;
    return { reason, shown: { targets: states, waiting_chunks: waiting } };
  }

  /** @param reasons why less than what is configured answers, beside the states of the guards */
  private check(
    key: string,
    names: string[],
    details: object = {},
    reasons: string[] = [],
  ): HealthIndicatorResult {
    const states = names.map((name) => {
      return [name, readTargetState(this.guards.guard(name), this.targets.demotion(name))] as const;
    });
    const targets = Object.fromEntries(states.map(([name, { state }]) => [name, state]));
    const check = this.indicators.check(key);
    const all = [...reasons, ...states.flatMap(([, { reason }]) => reason ?? [])];
    if (all.length === 0) return check.up({ targets, ...details });
    return check.degraded({ targets, reason: all.join('; '), ...details });
  }
}
