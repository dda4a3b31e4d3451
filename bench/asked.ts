import type { DataQuestion } from './data-set.ts';
import { rankDocuments } from '../src/cli/ranking.ts';

/** A passage that `POST /search` gives, as far as rankings are judged by it. */
export interface FoundPassage {
  document_id: string;
  title: string | null;
  heading: string | null;
}

/** A text to send, and how to judge what is found. */
export interface AskedQuestion {
  text: string;
  question: DataQuestion;
  judgements: Record<string, number>;
  /** What is judged, best first, in the names of `judgements`. */
  rank(passages: readonly FoundPassage[]): string[];
}

/** The form in which a set's questions are asked; empty for the questions as they are. */
export type Form = '' | 'as the heading' | '“How does … work?”';

const ASKED = 'asked';

/**
 * The questions of a set by the form in which they are asked. A heading is asked in two, and must find its section: the
 * first passage below that heading, in its document.
 */
export function formsOf(questions: readonly DataQuestion[]): Map<Form, AskedQuestion[]> {
  const forms = new Map<Form, AskedQuestion[]>();
  const [headings, others] = [true, false].map((wanted) =>
    questions.filter(({ kind }) => (kind === 'heading') === wanted),
  );
  if (others && others.length > 0) forms.set('', others.map(askDocument));
  if (headings && headings.length > 0) {
    forms.set(
      'as the heading',
      headings.map((question) => askSection(question, question.text)),
    );
    forms.set(
      '“How does … work?”',
      headings.map((question) => askSection(question, `How does ${question.text} work?`)),
    );
  }
  return forms;
}

function askDocument(question: DataQuestion): AskedQuestion {
  return { text: question.text, question, judgements: question.qrels, rank: rankDocuments };
}

function askSection(question: DataQuestion, text: string): AskedQuestion {
  const rank = (passages: readonly FoundPassage[]) => [
    ...new Set(passages.map((passage, place) => (isInSection(passage, question) ? ASKED : String(place)))),
  ];
  return { text, question, judgements: { [ASKED]: 1 }, rank };
}

function isInSection(
  { document_id: id, heading, title }: FoundPassage,
  { qrels, section = '' }: DataQuestion,
) {
  if (!((qrels[id] ?? 0) > 0)) return false;
  return [...(heading ?? '').split(' > '), title ?? ''].some((name) => fold(name) === fold(section));
}

/** Case, punctuation, tags and a heading's own id don't count. */
function fold(heading: string): string {
  const plain = heading.replace(/\{[#:][^}]*\}\s*$/, '').replace(/<[^<>]*>/g, ' ');
  return (
    plain
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  ).join(' ');
}
