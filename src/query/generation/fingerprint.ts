import { hash } from 'node:crypto';
import type { AppConfig } from '../../config/app-config.ts';
import { buildPrompt } from './prompt.ts';

/** Characters of the hash: two fingerprints are the same by chance once in 2^96. */
const LENGTH = 16;
/** The prompt of one passage shows the rules and everything that stands around the passages. */
const SAMPLE = {
  number: 1,
  document_id: '',
  chunk_id: '',
  ordinal: 0,
  title: 'title',
  url: null,
  heading: 'heading',
  text: 'text',
  tokens: 1,
  score: 1,
};

/**
 * Names the prompt's rules, and the generation targets and rerankers with their models, in their order. An answer that was
 * made with another fingerprint is no longer fresh.
 */
export function fingerprintOf({ generation, rerank }: Pick<AppConfig, 'generation' | 'rerank'>): string {
  const conversation = { asked: 'question', history: [{ role: 'assistant' as const, content: 'answer' }] };
  const { messages } = buildPrompt({ text: 'question', conversation }, [SAMPLE]);
  const targets = generation.targets.map((target) => [target.name, 'model' in target ? target.model : null]);
  const rerankers = rerank.targets.map(({ url, model }) => [url, model]);
  return hash('sha256', JSON.stringify([messages, targets, ...rerankers]), 'base64url').slice(0, LENGTH);
}
