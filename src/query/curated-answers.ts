import { readFileSync } from 'node:fs';
import { z } from 'zod';

const MAX_ENTRIES = 1_000;
const MAX_ANSWER_CHARS = 20_000;

const questionSchema = z.string().trim().min(1).max(4_000);
const fileSchema = z
  .array(
    z.strictObject({
      question: questionSchema,
      /** Other ways to ask it. */
      also: z.array(questionSchema).max(100).default([]),
      answer: z.string().trim().min(1).max(MAX_ANSWER_CHARS),
    }),
  )
  .max(MAX_ENTRIES);

/** An answer that somebody wrote to a frequent question. */
export type CuratedAnswer = z.infer<typeof fileSchema>[number];

/** Reads a file of them. @throws Error with one line that says what is wrong with the file */
export function readCuratedAnswers(path: string): CuratedAnswer[] {
  const { data, error } = fileSchema.safeParse(readJson(path));
  if (data) return data;
  const [issue] = error.issues;
  throw new Error(`CURATED_ANSWERS_FILE: ${issue?.path.join('.')}: ${issue?.message}`);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const fault = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new Error(`CURATED_ANSWERS_FILE: ${fault}`, { cause: error });
  }
}
