import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { plainMetadata, type Answer } from '../answer/answer.ts';
import { readCuratedAnswers, type CuratedAnswer } from './curated-answers.ts';
import { readForm, type QuestionForm } from '../semantic-cache/question-parse.ts';
import { asksTheSame } from '../semantic-cache/question-match.ts';
import type { FallbackRequest, Rung } from './rung.ts';

/** Answers that somebody wrote for frequent questions. */
@Injectable()
export class CuratedAnswersRung implements Rung {
  readonly source = 'curated_answers';
  readonly isCache = false;
  private readonly known: { form: QuestionForm; entry: CuratedAnswer }[];

  constructor(@Inject(APP_CONFIG) { fallback: { curatedAnswersFile } }: AppConfig) {
    const entries = curatedAnswersFile === undefined ? [] : readCuratedAnswers(curatedAnswersFile);
    this.known = entries.flatMap((entry) =>
      [entry.question, ...entry.also].map((question) => ({ form: readForm(question), entry })),
    );
  }

  /** Whether there is an answer to any question. */
  get hasAnswers(): boolean {
    return this.known.length > 0;
  }

  answer({ question, retrieved }: FallbackRequest): Answer | undefined {
    const asked = readForm(question.text);
    const entry = this.known.find(({ form }) => asksTheSame(asked, form))?.entry;
    if (!entry) return undefined;
    return {
      answer: entry.answer,
      sources: [],
      metadata: {
        ...plainMetadata,
        retrieval: retrieved.mode,
        chunks_retrieved: retrieved.passages.length,
        matched_question: entry.question,
        notice: `The assistant is temporarily unavailable. This is a prepared answer to: “${entry.question}”`,
      },
    };
  }
}
