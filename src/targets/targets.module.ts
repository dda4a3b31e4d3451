import { Global, Module } from '@nestjs/common';
import {
  APP_CONFIG,
  type AppConfig,
  type EmbeddingTarget,
  type GenerationTarget,
} from '../config/app-config.ts';
import { classifyError } from '../huggingface/classify.ts';
import { HuggingFaceEmbedder } from '../huggingface/embedder.ts';
import { HuggingFaceGenerator } from '../huggingface/generator.ts';
import { ExtractiveGenerator } from '../local/extractive-generator.ts';
import { HashingEmbedder } from '../local/hashing-embedder.ts';
import type { Clock } from '../resilience/clock.ts';
import { GuardRegistry } from '../resilience/guard-registry.ts';
import { CLOCK, RANDOM } from '../resilience/resilience.module.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { EmbeddingTargets, type Embedder, type GuardedEmbedder } from './embedding-targets.ts';
import type { Generator } from './generation.ts';
import { GenerationTargets } from './generation-targets.ts';

function createGenerator(target: GenerationTarget, config: AppConfig, clock: Clock): Generator {
  return target.kind === 'local'
    ? new ExtractiveGenerator()
    : new HuggingFaceGenerator(target, config.generation, clock);
}

/** What is left for the prompt of a target that has declared its context. */
function promptTokens(target: GenerationTarget): number | undefined {
  if (target.kind === 'local' || target.contextTokens === undefined) return undefined;
  return target.contextTokens - (target.maxOutputTokens ?? 0);
}

function createEmbedder(target: EmbeddingTarget, clock: Clock): Embedder {
  return target.kind === 'local' ? new HashingEmbedder(target.model) : new HuggingFaceEmbedder(target, clock);
}

/** Word and n-gram overlap by chance stays below this in the hashing embedder; learnt models sit higher. */
const MIN_SIMILARITY = { local: 0.15, learnt: 0.3 };

/** The models behind their guards, as the configuration names them. */
@Global()
@Module({
  providers: [
    {
      provide: GenerationTargets,
      inject: [APP_CONFIG, GuardRegistry, CLOCK, RANDOM],
      useFactory: (config: AppConfig, guards: GuardRegistry, clock: Clock, random: () => number) => {
        const targets = config.generation.targets.map((target) => ({
          guard: guards.guard(target.name),
          generator: createGenerator(target, config, clock),
          isLocal: target.kind === 'local',
          apiKey: target.kind === 'local' ? undefined : target.apiKey,
          promptTokens: promptTokens(target),
        }));
        const policy = { ...config.generation, ...config.retry };
        return new GenerationTargets(targets, classifyError, clock, policy, random);
      },
    },
    {
      provide: EmbeddingTargets,
      inject: [APP_CONFIG, GuardRegistry, CLOCK],
      useFactory: (config: AppConfig, guards: GuardRegistry, clock: Clock) => {
        const [first, ...others] = config.embedding.targets;
        const guarded = (target: EmbeddingTarget): GuardedEmbedder => ({
          guard: guards.guard(target.name),
          embedder: createEmbedder(target, clock),
          apiKey: target.kind === 'local' ? undefined : target.apiKey,
        });
        return new EmbeddingTargets([guarded(first), ...others.map(guarded)], classifyError, {
          timeoutMs: config.embedding.timeoutMs,
          minSimilarity: MIN_SIMILARITY[first.kind === 'local' ? 'local' : 'learnt'],
        });
      },
    },
  ],
  exports: [GenerationTargets, EmbeddingTargets],
})
export class TargetsModule {
  constructor(targets: GenerationTargets, metrics: Metrics) {
    metrics.watch('bulkhead_queue_depth', () => [
      { labels: { name: 'generation' }, value: targets.queueDepth },
    ]);
  }
}
