import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { evaluateSearch, parseJudgedQuestions, type JudgedQuestion } from '../../../src/cli/evaluation.ts';
import { findFreePort } from '../../support/free-port.ts';
import { clientOf, HurriedClock } from '../../support/cli/service-client.ts';

describe('judged questions', () => {
  it('are read a line each, and other fields do not count', () => {
    const text =
      '{"id": "q1", "text": "Why?", "qrels": {"a": 1, "b": 0}}\n\n{"text": "How?", "qrels": {"c": 2}}\n';
    expect(parseJudgedQuestions(text)).toEqual([
      { text: 'Why?', judgements: { a: 1, b: 0 } },
      { text: 'How?', judgements: { c: 2 } },
    ]);
  });

  it.each([
    'Why?',
    'null',
    '[]',
    '{"text": "Why?"}',
    '{"text": 1, "qrels": {"a": 1}}',
    '{"text": "Why?", "qrels": {}}',
    '{"text": "Why?", "qrels": {"a": 0}}',
    '{"text": "Why?", "qrels": {"a": "1"}}',
    '{"text": "Why?", "qrels": null}',
  ])('are refused as %s, with the line', (line) => {
    const text = `{"text": "Why?", "qrels": {"a": 1}}\n${line}`;
    expect(() => parseJudgedQuestions(text)).toThrow(/^line 2 must be /);
  });

  it('are refused when there are none', () => {
    expect(() => parseJudgedQuestions('\n')).toThrow('the file holds no questions');
  });
});

describe('an evaluation', () => {
  let server: Server;
  let url: string;

  beforeAll(async () => {
    const refusal = { error: 'invalid_request', message: 'No.', request_id: '1' };
    server = createServer(async (request, response) => {
      const { query } = (await json(request)) as { query: string };
      const isRefused = query === 'refused';
      const results = ['x', 'a', 'a', 'b'].map((document_id) => ({ document_id }));
      const body = isRefused ? refusal : { retrieval: query === 'by words' ? 'lexical' : 'hybrid', results };
      response.writeHead(isRefused ? 400 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  it('judges the documents of each question, and counts what was degraded, refused and missed', async () => {
    let steps = 0;
    const questions: JudgedQuestion[] = [
      { text: 'found', judgements: { a: 1 } },
      { text: 'by words', judgements: { x: 1, b: 1 } },
      { text: 'missed', judgements: { z: 1 } },
      { text: 'refused', judgements: { a: 1 } },
    ];
    const options = { mode: 'hybrid', concurrency: 2, advance: () => void steps++ } as const;
    expect(await evaluateSearch(questions, clientOf({ url }), options)).toMatchObject({
      questions: 3,
      recallAt10: (1 + 1 + 0) / 3,
      mrrAt10: (1 / 2 + 1 + 0) / 3,
      degraded: 1,
      failed: 1,
      missed: ['missed'],
    });
    expect(steps).toBe(4);
  });

  it('ends at once when nothing answers', async () => {
    const clock = new HurriedClock();
    const gone = clientOf({ url: `http://127.0.0.1:${await findFreePort()}` }, clock);
    const options = { mode: 'hybrid', concurrency: 1, advance: () => undefined } as const;
    await expect(evaluateSearch([{ text: 'a', judgements: { a: 1 } }], gone, options)).rejects.toThrow(
      /^No failsoft runs at .* \(ECONNREFUSED\)/,
    );
    expect(clock.now()).toBe(0);
  });
});
