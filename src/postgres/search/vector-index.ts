/** The most dimensions of an indexed `vector`; `halfvec` can be indexed up to twice as many (pgvector's limits). */
const MAX_VECTOR_DIMENSION = 2_000;
/** Vectors with more dimensions are searched without an index. */
const MAX_INDEXED_DIMENSION = 4_000;

/** A model as far as its index goes. */
export interface IndexedModel {
  id: number;
  dimension: number;
}

/** Whether vectors of that many dimensions can have an index. */
export function isIndexable({ dimension }: IndexedModel): boolean {
  return dimension <= MAX_INDEXED_DIMENSION;
}

/** The SQL type in which vectors of that dimension are indexed and compared. */
export function indexedType(dimension: number): string {
  return `${dimension > MAX_VECTOR_DIMENSION ? 'halfvec' : 'vector'}(${dimension})`;
}

/** The name of a model's index. */
export function indexName({ id }: Pick<IndexedModel, 'id'>): string {
  return `chunk_embeddings_model_${id}`;
}

/** An SQL condition that holds when a model has its index, ready for searches, or cannot have one. */
export function hasIndex(model: IndexedModel): string {
  if (!isIndexable(model)) return 'true';
  return `EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('${indexName(model)}') AND indisvalid)`;
}

/**
 * The statement that makes a model's index unless there is one.
 * @param schemas the quoted schemas of the table and of the extension
 * @param way `plainly` blocks writes until the index is made; `concurrently` lets them through and takes longer
 */
export function createIndex(
  model: IndexedModel,
  { own, extension }: { own: string; extension: string },
  way: 'plainly' | 'concurrently',
): string {
  const type = indexedType(model.dimension);
  const operators = type.startsWith('halfvec') ? 'halfvec_cosine_ops' : 'vector_cosine_ops';
  return `CREATE INDEX ${way === 'concurrently' ? 'CONCURRENTLY' : ''} IF NOT EXISTS ${indexName(model)}
          ON ${own}.chunk_embeddings USING hnsw ((embedding::${extension}.${type}) ${extension}.${operators}) WHERE model_id = ${model.id}`;
}
