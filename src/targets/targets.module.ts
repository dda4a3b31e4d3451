import { Global, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import {
  APP_CONFIG,
  ingestGuardName,
  type AppConfig,
  type EmbeddingTarget,
  type GenerationTarget,
} from '../config/app-config.ts';
import { classifyError } from '../huggingface/classify.ts';
import { HuggingFaceEmbedder } from '../huggingface/embedding/embedder.ts';
import { tokenLimits } from '../huggingface/chat/adaptation.ts';
import { HuggingFaceGenerator } from '../huggingface/chat/generator.ts';
import { modelFaults } from '../huggingface/drill-faults.ts';
import { HttpReranker } from '../huggingface/reranking/reranker.ts';
import { ExtractiveGenerator } from '../local/extractive-generator.ts';
import { HashingEmbedder } from '../local/hashing-embedder.ts';
import { ServingModelRepository } from '../postgres/search/serving-model.repository.ts';
import { CLOCK, type Clock } from '../resilience/time/clock.ts';
import { GuardRegistry } from '../resilience/guard/guard-registry.ts';
import type { LearntNeeds } from '../resilience/guard/learnt-needs.ts';
import { Prober } from '../resilience/guard/prober.ts';
import { hasMetDrill } from '../resilience/drills/drill-trace.ts';
import type { ServiceFaults } from '../resilience/drills/service-faults.ts';
import { RANDOM } from '../resilience/resilience.module.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { Metrics } from '../telemetry/metrics.ts';
import type { Embedder } from '../models/embedding.ts';
import { EmbeddingTargets, type GuardedEmbedder } from './embedding-targets.ts';
import { DimensionCheck } from './dimension-check.ts';
import type { Generator } from '../models/generation.ts';
import type { GuardedTarget } from './guarded-target.ts';
import type { GuardedGenerator } from './generation/generation-target.ts';
import { GenerationTargets } from './generation/generation-targets.ts';
import { TokenTimes } from './generation/token-times.ts';
import { RerankTargets } from './rerank-targets.ts';
import { ServingModel } from './serving-model.ts';

function guardTarget(
  target: GenerationTarget | EmbeddingTarget,
  guards: GuardRegistry,
  faults: ServiceFaults,
): GuardedTarget {
  return {
    guard: guards.guard(target.name, faults),
    isLocal: target.kind === 'local',
    apiKey: target.kind === 'local' ? undefined : target.apiKey,
  };
}

function createGenerator(
  target: GenerationTarget,
  config: AppConfig,
  clock: Clock,
  learnt: LearntNeeds,
): Generator {
  return target.kind === 'local'
    ? new ExtractiveGenerator()
    : new HuggingFaceGenerator(target, config.generation, clock, globalThis.fetch, learnt);
}

function guardGenerator(
  target: GenerationTarget,
  config: AppConfig,
  guards: GuardRegistry,
  clock: Clock,
): GuardedGenerator {
  const faults = modelFaults(config.generation.firstTokenTimeoutMs, true);
  const guarded = guardTarget(target, guards, faults);
  const { learnt, name } = guarded.guard;
  if (target.kind !== 'local')
    learnt.address = `${'url' in target ? target.url : target.provider} ${target.model}`;
  return {
    ...guarded,
    retries: target.kind === 'local' ? 0 : (target.retries ?? 0),
    // What a drill delays is not usual.
    times: new TokenTimes(clock, config.generation, () => !hasMetDrill(name)),
    generator: createGenerator(target, config, clock, learnt),
    get promptTokens() {
      return target.kind === 'local' ? undefined : tokenLimits(target, learnt.current).promptTokens;
    },
  };
}

function createEmbedder(target: EmbeddingTarget, clock: Clock): Embedder {
  return target.kind === 'local' ? new HashingEmbedder(target.model) : new HuggingFaceEmbedder(target, clock);
}

/** Similarity below which texts count as unrelated. Raising it drops relevant passages, lowering it lets chance matches in. Learnt models give unrelated texts higher values than the hashing embedder. */
const MIN_SIMILARITY = { local: 0.15, learnt: 0.3 };

function createEmbeddingTargets(
  [first, ...others]: [EmbeddingTarget, ...EmbeddingTarget[]],
  {
    config,
    guards,
    clock,
    logger,
  }: { config: AppConfig; guards: GuardRegistry; clock: Clock; logger: Logger },
): EmbeddingTargets {
  const { timeoutMs, ingestTimeoutMs } = config.embedding;
  const guarded = (target: EmbeddingTarget): GuardedEmbedder => ({
    ...guardTarget(target, guards, modelFaults(timeoutMs)),
    ingestGuard: guards.guard(ingestGuardName(target.name), modelFaults(ingestTimeoutMs)),
    embedder: createEmbedder(target, clock),
  });
  const limits = {
    timeoutMs,
    ingestTimeoutMs,
    hedgeAfterMs: config.generation.hedgeAfterMs,
    patienceMs: config.embedding.patienceMs,
    minSimilarity: MIN_SIMILARITY[first.kind === 'local' ? 'local' : 'learnt'],
  };
  const dimensions = new DimensionCheck(first.model, clock, logger);
  return new EmbeddingTargets(
    [guarded(first), ...others.map(guarded)],
    classifyError,
    limits,
    clock,
    dimensions,
  );
}

/** The configured models behind their guards. */
@Global()
@Module({
  providers: [
    {
      provide: GenerationTargets,
      inject: [APP_CONFIG, GuardRegistry, CLOCK, RANDOM],
      useFactory: (config: AppConfig, guards: GuardRegistry, clock: Clock, random: () => number) => {
        const targets = config.generation.targets.map((target) =>
          guardGenerator(target, config, guards, clock),
        );
        const policy = { ...config.generation, ...config.retry };
        return new GenerationTargets(targets, classifyError, clock, policy, random);
      },
    },
    {
      provide: EmbeddingTargets,
      inject: [APP_CONFIG, GuardRegistry, CLOCK, LOGGER],
      useFactory: (config: AppConfig, guards: GuardRegistry, clock: Clock, logger: Logger) =>
        createEmbeddingTargets(config.embedding.targets, { config, guards, clock, logger }),
    },
    {
      provide: ServingModel,
      inject: [APP_CONFIG, GuardRegistry, CLOCK, EmbeddingTargets, ServingModelRepository, LOGGER],
      useFactory: (
        config: AppConfig,
        guards: GuardRegistry,
        clock: Clock,
        own: EmbeddingTargets,
        repository: ServingModelRepository,
        logger: Logger,
      ) => {
        const [first, ...others] = config.embedding.previous;
        const previous = first && {
          model: first.model,
          create: () => createEmbeddingTargets([first, ...others], { config, guards, clock, logger }),
        };
        return new ServingModel(own, previous, repository, clock);
      },
    },
    {
      provide: RerankTargets,
      inject: [APP_CONFIG, GuardRegistry, CLOCK],
      useFactory: ({ rerank }: AppConfig, guards: GuardRegistry, clock: Clock) => {
        const targets = rerank.targets.map((target) => ({
          guard: guards.guard(target.name, modelFaults(rerank.timeoutMs)),
          isLocal: false,
          apiKey: target.apiKey,
          reranker: new HttpReranker(target, clock),
        }));
        return new RerankTargets(targets, classifyError, rerank.timeoutMs, clock);
      },
    },
    {
      provide: Prober,
      inject: [APP_CONFIG, GenerationTargets, EmbeddingTargets, Metrics, CLOCK, RANDOM],
      useFactory: (
        config: AppConfig,
        generation: GenerationTargets,
        embedding: EmbeddingTargets,
        metrics: Metrics,
        clock: Clock,
        random: () => number,
      ) => {
        const everyMs = config.probeIntervalMs;
        const subjects = [
          ...generation.probeSubjects(config.generation.firstTokenTimeoutMs),
          ...embedding.probeSubjects,
        ];
        const onProbe = (name: string) => metrics.count('failsoft_circuit_breaker_probes_total', { name });
        const options = { clock, everyMs, random, onProbe, isIdle: () => generation.isIdle };
        return new Prober(everyMs === 0 ? [] : subjects, options);
      },
    },
  ],
  exports: [GenerationTargets, RerankTargets, ServingModel],
})
export class TargetsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly prober: Prober,
    targets: GenerationTargets,
    serving: ServingModel,
    metrics: Metrics,
    guards: GuardRegistry,
  ) {
    // A demotion that is older than a drill is none of its doing.
    const demotedBefore = new Set<string>();
    guards.subscribe((event) => {
      const { type, guard } = event;
      const isLatched = type === 'latched' || (type === 'settled' && event.errorType === 'credentials');
      if (isLatched) prober.probeNow(guard);
      if (type === 'drill_begun' && targets.demotion(guard)) demotedBefore.add(guard);
      // A drill that no call has met has left nothing behind.
      const leftTraces = type === 'drill_ended' && !demotedBefore.delete(guard) && event.drill.calls_hit > 0;
      if (type === 'reset' || leftTraces) targets.resetRank(guard);
    });
    metrics.watch('bulkhead_queue_depth', () => [
      { labels: { name: 'generation' }, value: targets.queueDepth },
    ]);
    metrics.watch('failsoft_target_demoted', () =>
      guards.all.flatMap(({ name }) => {
        const cause = targets.demotion(name)?.cause;
        return cause === undefined ? [] : [{ labels: { name, cause }, value: 1 }];
      }),
    );
    metrics.watch('failsoft_reembedding_chunks', () => {
      const { done, total } = serving.reembedding ?? {};
      if (done === undefined || total === undefined) return [];
      return [
        { labels: { state: 'done' }, value: done },
        { labels: { state: 'total' }, value: total },
      ];
    });
  }

  onApplicationBootstrap(): void {
    this.prober.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.prober.stop();
  }
}
