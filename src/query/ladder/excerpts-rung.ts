import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { selectExcerpts } from '../../text/excerpts/excerpts.ts';
import { writeQuote } from '../../text/excerpts/quotes.ts';
import { plainMetadata, type Answer, type Source } from '../answer/answer.ts';
import { toSource } from '../generation/sources.ts';
import { highlighterOf } from '../generation/highlights.ts';
import { sayReason, type FallbackRequest, type Rung } from './rung.ts';

const MAX_EXCERPTS = 3;
/** Excerpts come from the best passages alone: further down they rarely hold the answer (decision 17). */
const PASSAGES = 5;
const INTRODUCTION = 'These are the most relevant excerpts from your documents:';

/** The most relevant excerpts of the best passages. */
@Injectable()
export class ExcerptsRung implements Rung {
  readonly source = 'excerpts';
  readonly isCache = false;

  constructor(@Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'excerptMaxChars'>) {}

  answer({ question, retrieved, reason }: FallbackRequest): Answer | undefined {
    const said = sayReason(reason);
    const passages = retrieved.context.slice(0, PASSAGES);
    const limits = { count: MAX_EXCERPTS, maxChars: this.config.excerptMaxChars };
    const highlight = highlighterOf(question.text);
    const excerpts = selectExcerpts(question.text, passages, limits);
    if (excerpts.length === 0) return undefined;
    const sources = excerpts.flatMap((excerpt, index) => {
      const passage = passages.find((candidate) => candidate.number === excerpt.passage);
      return passage ? [toSource({ ...passage, number: index + 1 }, excerpt, highlight)] : [];
    });
    const bullets = excerpts.map((excerpt, index) => toBullet(writeQuote(excerpt, index + 1)));
    return {
      answer: [`${said}. ${INTRODUCTION}`, '', ...bullets, '', listSources(sources)].join('\n'),
      sources,
      metadata: {
        ...plainMetadata,
        retrieval: retrieved.mode,
        reranked: retrieved.reranked,
        chunks_retrieved: retrieved.passages.length,
        chunks_used: new Set(sources.map((source) => source.chunk_id)).size,
        excerpts_returned: sources.length,
        notice: `${said}; these are excerpts, not an answer.`,
      },
    };
  }
}

/** A quote as an item of a list: its other lines are indented. */
function toBullet(quote: string): string {
  return `- ${quote.replace(/\n(?!\n)/g, '\n  ')}`;
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
