import type { EmbeddingModel } from '../postgres/search/embeddings.repository.ts';
import type {
  EmbeddingProgress,
  ServingModelRepository,
} from '../postgres/search/serving-model.repository.ts';
import type { Clock } from '../resilience/time/clock.ts';
import type { DimensionMismatch } from './dimension-check.ts';
import type { EmbeddingTargets } from './embedding-targets.ts';

/** The hosts of the previous model, created on first use. */
export interface PreviousTargets {
  model: string;
  create: () => EmbeddingTargets;
}

/** The model of one search, with the hosts that embed the question. */
export interface CurrentModel {
  model: EmbeddingModel;
  targets: EmbeddingTargets;
}

/** So often the chunks of a change that is under way are counted, in milliseconds: counting reads a row for each of them. */
const COUNT_AGAIN_MS = 200_000;

/** How long the serving model is cached. Raising it delays a switch; the vectors of a replaced model are kept far longer. */
const DECIDED_MS = 10_000;

/** A change of the embedding model in progress, as this process last saw it. */
export interface Reembedding extends EmbeddingProgress {
  /** The model that serves until the change is complete. */
  from: string;
  to: string;
  /** Whether this process can embed questions with it. */
  isServed: boolean;
}

interface Counted extends Reembedding {
  countedAt: number;
  /** This process has stored vectors since it was counted, and others may have, too. */
  isEstimate: boolean;
}

/** The chunks without a vector of the configured model: those that wait for one, and those that its hosts refused. */
export interface MissingVectors {
  waiting: number;
  refused: number;
}

/** Decides which model embeds questions and whose vectors are searched: always the same one. */
export class ServingModel {
  /** As last counted by this process. */
  missing: MissingVectors = { waiting: 0, refused: 0 };
  private previousTargets: EmbeddingTargets | undefined;
  private seen: Counted | undefined;
  private decision: { current: CurrentModel; until: number } | undefined;

  constructor(
    /** The hosts of the configured model. */
    readonly own: EmbeddingTargets,
    private readonly previous: PreviousTargets | undefined,
    private readonly repository: ServingModelRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * The model for one search, with its hosts: the serving model, or the configured one when this process does not know the
   * serving model's hosts. Undefined as long as no vector is stored. Follows another process's switch within ten seconds.
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
   * The models that embed new chunks, the serving model first.
   * @throws a database error
   */
  async modelsToEmbed(signal: AbortSignal): Promise<EmbeddingTargets[]> {
    const serving = await this.repository.find(signal);
    const targets = serving && this.targetsOf(serving.name);
    return targets && targets !== this.own ? [targets, this.own] : [this.own];
  }

  /**
   * Looks which model serves and, while it is not the configured one, every few minutes how far that one is.
   * @param isExact whether it is counted anew, too, when this process has stored vectors since
   * @throws a database error
   */
  async refresh(signal: AbortSignal, { isExact = false } = {}): Promise<void> {
    const { model: to } = this.own;
    const serving = await this.repository.find(signal);
    if (serving) this.targetsOf(serving.name)?.expectDimension(serving.dimension);
    if (serving?.id !== this.decision?.current.model.id) this.decision = undefined;
    const from = serving === undefined || serving.name === to ? undefined : serving.name;
    if (from === undefined) this.seen = undefined;
    else if (!this.isCounted(from, isExact)) {
      const countedAt = this.clock.now();
      const progress = await this.repository.progress(to, signal);
      const isServed = this.previous?.model === from;
      this.seen = { from, to, isServed, ...progress, countedAt, isEstimate: false };
    }
  }

  /** Counts on with the vectors of a model that this process has stored. */
  noteStored(model: string, vectors: number): void {
    const { seen } = this;
    if (seen?.to !== model || vectors === 0) return;
    seen.done = Math.min(seen.total, seen.done + vectors);
    seen.isEstimate = true;
  }

  /** The change of the model in progress; undefined without one. */
  get reembedding(): Reembedding | undefined {
    if (!this.seen) return undefined;
    const { countedAt: _, isEstimate: __, ...reembedding } = this.seen;
    return reembedding;
  }

  /** The hosts, by the names of their guards, whose last vectors had another length than the stored ones of their model. */
  get dimensionMismatches(): Record<string, DimensionMismatch> {
    return { ...this.own.dimensionMismatches, ...this.previousTargets?.dimensionMismatches };
  }

  private isCounted(from: string, isExact: boolean): boolean {
    const { seen } = this;
    if (seen?.from !== from || (isExact && seen.isEstimate)) return false;
    return this.clock.now() - seen.countedAt < COUNT_AGAIN_MS;
  }

  private targetsOf(model: string): EmbeddingTargets | undefined {
    if (model === this.own.model) return this.own;
    if (model !== this.previous?.model) return undefined;
    return (this.previousTargets ??= this.previous.create());
  }
}
