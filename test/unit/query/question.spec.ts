import { answerKeys, filterKey, questionKey, type Question } from '../../../src/query/answer/question.ts';

const question: Question = { tenantId: 'default', text: 'What is a fuse?', topK: 6, filter: {} };

describe('the key of a question', () => {
  it('is the same whatever the white space, the Unicode form and the order of filter fields', () => {
    expect(questionKey({ ...question, text: 'What  is\na fuse?' })).toBe(questionKey(question));
    expect(questionKey({ ...question, text: 'cafe\u0301' })).toBe(
      questionKey({ ...question, text: 'caf\u00e9' }),
    );
    expect(questionKey({ ...question, filter: { a: 1, b: 2 } })).toBe(
      questionKey({ ...question, filter: { b: 2, a: 1 } }),
    );
  });

  it.each([
    ['tenant', { tenantId: 'other' }],
    ['text', { text: 'What is a fuse' }],
    ['number of passages', { topK: 5 }],
    ['filter', { filter: { a: '1' } }],
    ['parameter of sampling', { sampling: { seed: 1 } }],
  ])('differs by %s', (_, change) => {
    expect(questionKey({ ...question, ...change })).not.toBe(questionKey(question));
  });

  it('is the same whatever the order of the parameters of sampling', () => {
    expect(questionKey({ ...question, sampling: { seed: 1, top_p: 0.5 } })).toBe(
      questionKey({ ...question, sampling: { top_p: 0.5, seed: 1 } }),
    );
  });

  it('differs for a number and its text in a filter', () => {
    expect(questionKey({ ...question, filter: { a: 1 } })).not.toBe(
      questionKey({ ...question, filter: { a: '1' } }),
    );
  });
});

describe('the keys of the answers to a question', () => {
  const history = [{ role: 'user' as const, content: 'What melts?' }];
  const keysOf = (conversation: Question['conversation']) => answerKeys({ ...question, conversation });

  it('are that of the question alone when nothing was said before', () => {
    expect(answerKeys(question)).toEqual([questionKey(question)]);
    expect(keysOf({ asked: 'What?', history: [] })).toEqual([questionKey(question)]);
  });

  it('are first that of the conversation, and once it is condensed that of the question alone', () => {
    const [own, ...others] = keysOf({ asked: 'And that?', history });
    expect(others).toEqual([]);
    expect(own).not.toBe(questionKey(question));
    const condensed = { by: 'model' as const, question: question.text };
    expect(keysOf({ asked: 'And that?', history, condensed })).toEqual([own, questionKey(question)]);
    expect(keysOf({ asked: 'And that?', history })[0]).toBe(own);
    expect(keysOf({ asked: 'And this?', history })[0]).not.toBe(own);
    expect(keysOf({ asked: 'And that?', history: [...history, ...history] })[0]).not.toBe(own);
    expect(own).toContain(question.tenantId);
  });
});

describe('the key of a filter', () => {
  it('is the same for every order of its fields, and of one length for every filter', () => {
    expect(filterKey({ a: 1, b: 2 })).toBe(filterKey({ b: 2, a: 1 }));
    expect(filterKey({ a: 1 })).not.toBe(filterKey({ a: '1' }));
    expect(filterKey({ a: 'x'.repeat(1_000) })).toHaveLength(filterKey({}).length);
  });
});
