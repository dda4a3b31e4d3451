import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../../config/load-config.ts';
import { storableText } from '../../schemas/fields.ts';
import { readWording } from '../../text/question-wording.ts';

const MAX_ENTRIES = 1_000;
const MAX_ANSWER_CHARS = 20_000;
const EMPTY = 'must not be empty';

const questionSchema = storableText(z.string().trim().min(1, EMPTY).max(4_000)).refine(
  // Otherwise no question would ever be found the same.
  (question) => readWording(question) !== '',
  'must contain at least one word',
);
const fileSchema = z
  .array(
    z.strictObject({
      question: questionSchema,
      /** Other ways to ask it. */
      also: z.array(questionSchema).max(100).default([]),
      answer: storableText(z.string().trim().min(1, EMPTY).max(MAX_ANSWER_CHARS)),
    }),
    'must be a list of entries',
  )
  .max(MAX_ENTRIES, `at most ${MAX_ENTRIES} entries`);

/** An answer that somebody wrote to a frequent question. */
export type CuratedAnswer = z.infer<typeof fileSchema>[number];

/** Reads a file of them. @throws ConfigError with one line that says what is wrong with the file */
export function readCuratedAnswers(path: string): CuratedAnswer[] {
  const { data, error } = fileSchema.safeParse(readJson(path));
  if (data) return data;
  const [issue] = error.issues;
  throw new ConfigError([`CURATED_ANSWERS_FILE: ${place(issue?.path ?? [])}${issue?.message}`]);
}

/** Where in the file, counted from one: `entry 2, also 1: `; nothing for the file as a whole. */
function place([entry, ...field]: readonly PropertyKey[]): string {
  if (typeof entry !== 'number') return '';
  const names = field.map((part) => (typeof part === 'number' ? part + 1 : String(part)));
  return `${[`entry ${entry + 1}`, ...(names.length > 0 ? [names.join(' ')] : [])].join(', ')}: `;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code = 'no file' } = Object(error) as { code?: string };
    const fault = error instanceof SyntaxError ? 'is not JSON' : `${path} cannot be read (${code})`;
    throw new ConfigError([`CURATED_ANSWERS_FILE: ${fault}`]);
  }
}
