import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Sampling, Turn } from '../../models/generation.ts';
import type { Condensed } from './answer.ts';
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
    .refine(hasFewCharacters, `must have at most ${MAX_CHARACTERS} characters`)
    .meta({ maxLength: MAX_CHARACTERS }),
);

function hasFewCharacters(text: string): boolean {
  if (text.length <= MAX_CHARACTERS) return true;
  // A character has one or two units. A far longer text is not taken apart to be counted.
  return text.length <= 2 * MAX_CHARACTERS && [...text].length <= MAX_CHARACTERS;
}

/** A validated question. */
export interface Question {
  tenantId: string;
  /** What is searched for, in the caches too. */
  text: string;
  topK: number;
  filter: Record<string, string | number | boolean | null>;
  caching?: Caching;
  conversation?: QuestionConversation | undefined;
  /** Set where the caller chose at least one parameter. */
  sampling?: Sampling | undefined;
}

/** The conversation that a question belongs to. */
export interface QuestionConversation {
  /** What the user wrote. */
  asked: string;
  /** The turns before, oldest first. */
  history: Turn[];
  /** How the question's text was made out of what was asked; undefined before that. */
  condensed?: Condensed | undefined;
}

/** How a question of a conversation was condensed; undefined before that. With no turn before it there is nothing to do. */
export function condensedOf({ conversation }: Question): Condensed | undefined {
  if (!conversation) return undefined;
  const { asked, history, condensed } = conversation;
  return history.length === 0 ? { by: 'none', question: asked } : condensed;
}

/** The cache key of a question outside of a conversation. Unicode form and white space make no difference. */
export function questionKey(question: Question): string {
  const text = question.text.normalize('NFC').replace(/\s{2,}|[^\S ]/g, ' ');
  const { tenantId, topK, filter, sampling } = question;
  return JSON.stringify([
    tenantId,
    text,
    topK,
    sortFields(filter),
    ...(sampling ? [sortFields(sampling)] : []),
  ]);
}

/**
 * The cache keys of the answers to a question; an answer is stored under the first. The prompt of a question in a conversation has
 * the turns before it, so its answer must not be found by anybody without them: they may say anything. The answer to the
 * question that it was condensed to is for everybody.
 */
export function answerKeys(question: Question): [string, ...string[]] {
  const { history = [], condensed } = question.conversation ?? {};
  const ownKey = questionKey(withoutTurns(question));
  return history.length > 0 && condensed ? [ownKey, questionKey(question)] : [ownKey];
}

/** A question with the same first cache key that holds none of the turns before it: they may quote documents deleted since. */
export function withoutTurns(question: Question): Question {
  const { asked, history = [] } = question.conversation ?? {};
  if (history.length === 0) return question;
  const text = hash('sha256', JSON.stringify([asked, history]), 'base64url');
  return { ...question, text, conversation: undefined };
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

function sortFields(fields: object): [string, unknown][] {
  return Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
}
