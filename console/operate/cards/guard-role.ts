import type { Health } from '../types.ts';

/** What a guard's service is for. */
export type Role = 'generation' | 'embedding' | 'ingestion' | 'reranking' | 'postgres' | 'redis';

const NAMES: Record<Role, string> = {
  generation: 'Writes answers',
  embedding: 'Embeds questions',
  ingestion: 'Embeds documents',
  reranking: 'Ranks passages',
  postgres: 'Database',
  redis: 'Shared cache',
};

/** What happens when nothing behind guards of this role answers. */
export const WITHOUT: Record<Role, string> = {
  generation: 'questions get earlier answers, or excerpts from the documents',
  embedding: 'questions are searched by their words alone',
  ingestion: 'new documents are found by their words at once, and by meaning later',
  reranking: 'passages keep the order of the search',
  postgres: 'questions get cached answers alone',
  redis: 'each instance uses its own memory',
};

/** What the service behind a guard is for. */
export function roleOf(name: string, health: Health | undefined): Role {
  if (name === 'postgres' || name === 'redis') return name;
  if (health?.details['generation']?.targets?.[name] !== undefined) return 'generation';
  if (/^embedding(_previous)?_ingest(_\d+)?$/.test(name)) return 'ingestion';
  if (health?.details['reranking']?.targets?.[name] !== undefined) return 'reranking';
  if (/^embedding_(api|previous)/.test(name)) return 'embedding';
  return name.startsWith('rerank_api') ? 'reranking' : 'generation';
}

/** The same in words. */
export function sayRole(role: Role): string {
  return NAMES[role];
}
