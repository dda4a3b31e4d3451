import { Injectable } from '@nestjs/common';
import { selectExcerpts } from '../../text/excerpts/excerpts.ts';
import { toProse, unmarkCitations } from '../../text/plain-text.ts';
import { EXCERPT_MAX_CHARS, plainMetadata, type Answer, type Source } from '../answer/answer.ts';
import { toSource } from '../generation/sources.ts';
import { highlighterOf } from '../generation/highlights.ts';
import type { FallbackRequest, Rung } from './rung.ts';

const MAX_EXCERPTS = 3;
/** Excerpts come from the best passages alone: further down they rarely hold the answer (decision 17). */
const PASSAGES = 5;
const INTRODUCTION =
  'The assistant is temporarily unavailable. These are the most relevant excerpts from your documents:';

/** The most relevant excerpts of the best passages. */
@Injectable()
export class ExcerptsRung implements Rung {
  readonly source = 'excerpts';
  readonly isCache = false;

  answer({ question, retrieved }: FallbackRequest): Answer | undefined {
    const passages = retrieved.context
      .slice(0, PASSAGES)
      .map((passage) => ({ ...passage, text: toProse(passage.text) }));
    const limits = { count: MAX_EXCERPTS, maxChars: EXCERPT_MAX_CHARS };
    const highlight = highlighterOf(question.text);
    const sources = selectExcerpts(question.text, passages, limits).flatMap((excerpt, index) => {
      const passage = passages.find((candidate) => candidate.number === excerpt.passage);
      return passage ? [toSource({ ...passage, number: index + 1 }, excerpt, highlight)] : [];
    });
    if (sources.length === 0) return undefined;
    const bullets = sources.map(
      ({ excerpt, number }) => `- ${unmarkCitations(excerpt.replace(/\s+/g, ' '))} [${number}]`,
    );
    return {
      answer: [INTRODUCTION, '', ...bullets, '', listSources(sources)].join('\n'),
      sources,
      metadata: {
        ...plainMetadata,
        retrieval: retrieved.mode,
        reranked: retrieved.reranked,
        chunks_retrieved: retrieved.passages.length,
        chunks_used: new Set(sources.map((source) => source.chunk_id)).size,
        excerpts_returned: sources.length,
        notice: 'The assistant is temporarily unavailable; these are excerpts, not an answer.',
      },
    };
  }
}

/** The line that names the source of each number, for readers who see only the text. */
function listSources(sources: Source[]): string {
  const names = sources.map(({ number, title, heading, document_id }) => {
    const name = [toName(title ?? '') || document_id, heading ?? '']
      .map(toName)
      .filter((part) => part !== '');
    return `[${number}] ${[...new Set(name)].join(' – ')}`;
  });
  return `Sources: ${names.join('; ')}`;
}

/** The name on one line, without brackets: a document's title must not look like a source's number. */
function toName(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replaceAll('[', '(').replaceAll(']', ')');
}
