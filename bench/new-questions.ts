import type autocannon from 'autocannon';
import type { Corpus } from './corpus.ts';

/** What autocannon sends to `POST /query`: a new question each time. */
export function newQuestions(url: string, corpus: Corpus): autocannon.Options {
  return {
    url: `${url}/query`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    requests: [
      { setupRequest: (request) => ({ ...request, body: JSON.stringify({ query: corpus.question() }) }) },
    ],
  };
}
