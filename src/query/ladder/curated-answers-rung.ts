import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { plainMetadata, type Answer } from '../answer/answer.ts';
import { readCuratedAnswers, type CuratedAnswer } from './curated-answers.ts';
import { readWording } from '../../text/question-wording.ts';
import { sayReason, type FallbackRequest, type Rung } from './rung.ts';

/** Answers that somebody wrote for frequent questions. */
@Injectable()
export class CuratedAnswersRung implements Rung {
  readonly source = 'curated_answers';
  readonly isCache = false;
  /** By the wording of their questions. */
  private readonly known = new Map<string, CuratedAnswer>();

  constructor(@Inject(APP_CONFIG) { fallback: { curatedAnswersFile } }: AppConfig) {
    const entries = curatedAnswersFile === undefined ? [] : readCuratedAnswers(curatedAnswersFile);
    // Of two entries for one question the first one counts.
    for (const entry of entries.toReversed())
      for (const question of [entry.question, ...entry.also]) this.known.set(readWording(question), entry);
  }

  /** Whether there is an answer to any question. */
  get hasAnswers(): boolean {
    return this.known.size > 0;
  }

  answer({ question, retrieved, reason }: FallbackRequest): Answer | undefined {
    const entry = this.known.get(readWording(question.text));
    if (!entry) return undefined;
    return {
      answer: entry.answer,
      sources: [],
      metadata: {
        ...plainMetadata,
        retrieval: retrieved.mode,
        chunks_retrieved: retrieved.passages.length,
        matched_question: entry.question,
        notice: `${sayReason(reason)}. This is a prepared answer to: “${entry.question}”`,
      },
    };
  }
}
