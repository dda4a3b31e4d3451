import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Turn } from '../../models/generation.ts';
import { storableText } from '../../schemas/fields.ts';
import type { Caching } from './caching.ts';
import { readWording } from '../../text/question-wording.ts';

/** Passages that an answer is made from, at most. */
export const MAX_TOP_K = 20;

const MAX_CHARACTERS = 4_000;

/** The text of a question, without white space around it. */
export const questionTextSchema = storableText(
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .refine(
      (text) => text.length <= MAX_CHARACTERS || [...text].length <= MAX_CHARACTERS,
      `must have at most ${MAX_CHARACTERS} characters`,
    ),
);

/** A validated question. */
export interface Question {
  tenantId: string;
  /** What is searched for, in the caches too. */
  text: string;
  topK: number;
  filter: Record<string, string | number | boolean | null>;
  caching?: Caching;
  /** Of a question in a conversation: what the user wrote, and the turns before it, oldest first. */
  conversation?: { asked: string; history: Turn[] } | undefined;
}

/** The cache key of a question. Unicode form and white space make no difference. */
export function questionKey(question: Question): string {
  const text = question.text.normalize('NFC').replace(/\s{2,}|[^\S ]/g, ' ');
  return JSON.stringify([question.tenantId, text, question.topK, sortFields(question.filter)]);
}

/** One key for all questions of the same wording; undefined for a question without words. */
export function wordingKey({ text }: Pick<Question, 'text'>): string | undefined {
  const wording = readWording(text);
  return wording === '' ? undefined : hash('sha256', wording, 'base64url');
}

/** One key for all orders of a filter's fields; a hash, since a filter may be longer than an index entry of the database. */
export function filterKey(filter: Question['filter']): string {
  return hash('sha256', JSON.stringify(sortFields(filter)), 'base64url');
}

function sortFields(filter: Question['filter']): [string, unknown][] {
  return Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1));
}
