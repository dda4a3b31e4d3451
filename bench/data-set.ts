import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A text to be asked about. */
export interface DataDocument {
  id: string;
  title?: string;
  text: string;
  /** Markdown unless it says otherwise. */
  format?: 'markdown' | 'html' | 'text';
}

/** A question, the documents that answer it, and what a right answer says. */
export interface DataQuestion {
  id: string;
  text: string;
  /** By document id; more than 0 is a hit. */
  qrels: Record<string, number>;
  answers?: string[];
  /** `heading` when the question is a section's heading, as it stands in the document. */
  kind?: string;
  /** That section. */
  section?: string;
}

/** Documents and the questions about them. */
export interface DataSet {
  documents: DataDocument[];
  questions: DataQuestion[];
}

/** Reads a folder with `docs.jsonl` and `queries.jsonl`, either with `.gz` or without. @throws when one is missing or is not JSON */
export async function readDataSet(folder: string): Promise<DataSet> {
  const [documents, questions] = await Promise.all([
    readLines<DataDocument>(join(folder, 'docs.jsonl')),
    readQuestions(folder),
  ]);
  return { documents, questions };
}

/** Reads the questions of a folder alone. @throws as `readDataSet` */
export function readQuestions(folder: string): Promise<DataQuestion[]> {
  return readLines<DataQuestion>(join(folder, 'queries.jsonl'));
}

/** A conversation whose last question cannot be found alone. */
export interface DataConversation {
  id: string;
  /** The questions before the last one. */
  before: string[];
  /** The last question. */
  text: string;
  /** The last question as somebody would ask it who had not said anything before. */
  rewrite: string;
  /** By document id; more than 0 is a hit. */
  qrels: Record<string, number>;
}

/** Reads the `conversations.jsonl` of a folder. @throws as `readDataSet` */
export function readConversations(folder: string): Promise<DataConversation[]> {
  return readLines<DataConversation>(join(folder, 'conversations.jsonl'));
}

async function readLines<T>(file: string): Promise<T[]> {
  const packed = `${file}.gz`;
  const text = existsSync(packed)
    ? gunzipSync(await readFile(packed)).toString('utf8')
    : await readFile(file, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
