import type { EmbeddingModel } from '../postgres/embeddings.repository.ts';
import type { EmbeddingProgress, ServingModelRepository } from '../postgres/serving-model.repository.ts';
import type { Clock } from '../resilience/clock.ts';
import type { DimensionMismatch } from './dimension-check.ts';
import type { EmbeddingTargets } from './embedding-targets.ts';

/** The hosts of the model that was in use before: made when they are first needed. */
export interface PreviousTargets {
  model: string;
  create: () => EmbeddingTargets;
}

/** The model of one search, and the hosts that embed the question with it. */
export interface CurrentModel {
  model: EmbeddingModel;
  targets: EmbeddingTargets;
}

/** A decision is good for so long; the vectors of a model that was replaced are kept far longer. */
const DECIDED_MS = 10_000;

/** A change of the model that is under way, as this process last saw it. */
export interface Reembedding extends EmbeddingProgress {
  /** The model that serves until then. */
  from: string;
  to: string;
  /** Whether this process can embed questions with it. */
  isServed: boolean;
}

/** Decides with which model questions are embedded and whose vectors are searched: the same one for both. */
export class ServingModel {
  private previousTargets: EmbeddingTargets | undefined;
  private seen: Reembedding | undefined;
  private decision: { current: CurrentModel; until: number } | undefined;

  constructor(
    /** The hosts of the model that this process is configured for. */
    readonly own: EmbeddingTargets,
    private readonly previous: PreviousTargets | undefined,
    private readonly repository: ServingModelRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * The model for one search, with its hosts: the one that serves; where its hosts are not known the configured one,
   * though not every chunk has a vector of it. Undefined as long as there is nothing to compare with. Follows another
   * process's switch within ten seconds.
   * @throws a database error
   */
  async current(signal: AbortSignal): Promise<CurrentModel | undefined> {
    const now = this.clock.now();
    if (this.decision && now < this.decision.until) return this.decision.current;
    const usable = [this.own.model, ...(this.previous ? [this.previous.model] : [])];
    const model = await this.repository.choose(this.own.model, usable, signal);
    const targets = model && this.targetsOf(model.name);
    const current = targets && { model, targets };
    current?.targets.expectDimension(model?.dimension);
    this.decision = current && { current, until: now + DECIDED_MS };
    return current;
  }

  /**
   * The models that new chunks get vectors of, the one that serves first.
   * @throws a database error
   */
  async wanted(signal: AbortSignal): Promise<EmbeddingTargets[]> {
    const serving = await this.repository.find(signal);
    const targets = serving && this.targetsOf(serving.name);
    return targets && targets !== this.own ? [targets, this.own] : [this.own];
  }

  /**
   * Looks how far the configured model is, while another serves.
   * @throws a database error
   */
  async look(signal: AbortSignal): Promise<void> {
    const { model: to } = this.own;
    const serving = await this.repository.find(signal);
    if (serving) this.targetsOf(serving.name)?.expectDimension(serving.dimension);
    if (serving?.id !== this.decision?.current.model.id) this.decision = undefined;
    this.seen =
      serving === undefined || serving.name === to
        ? undefined
        : {
            from: serving.name,
            to,
            isServed: this.previous?.model === serving.name,
            ...(await this.repository.progress(to, signal)),
          };
  }

  /** The change of the model that is under way, if there is one. */
  get reembedding(): Reembedding | undefined {
    return this.seen;
  }

  /** The hosts, by the names of their guards, whose last vectors had another length than the stored ones of their model. */
  get dimensionMismatches(): Record<string, DimensionMismatch> {
    return { ...this.own.dimensionMismatches, ...this.previousTargets?.dimensionMismatches };
  }

  private targetsOf(model: string): EmbeddingTargets | undefined {
    if (model === this.own.model) return this.own;
    if (model !== this.previous?.model) return undefined;
    return (this.previousTargets ??= this.previous.create());
  }
}
