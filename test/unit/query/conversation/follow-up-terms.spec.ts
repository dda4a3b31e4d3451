import type { Turn } from '../../../../src/models/generation.ts';
import { addTerms } from '../../../../src/query/conversation/follow-up-terms.ts';

const user = (content: string): Turn => ({ role: 'user', content });
const assistant = (content: string): Turn => ({ role: 'assistant', content });

describe('the terms of what a question follows', () => {
  it('are those of the last question that stands alone, of those after it, and of the titles, each once', () => {
    const history = [
      user('How much is a ticket for the museum?'),
      assistant('Ten euros.'),
      user('When is the Riedberg pass open?'),
      assistant('From May to October.'),
      user('and for caravans?'),
      assistant('From June.'),
    ];
    expect(addTerms({ asked: 'and in winter?', history }, ['The pass in winter', 'Tolls'])).toBe(
      'and in winter? caravans Riedberg pass open Tolls',
    );
  });

  it('are those of every question when none stands alone', () => {
    const history = [user('the pass?'), user('the museum?')];
    expect(addTerms({ asked: 'closed?', history }, [])).toBe('closed? museum pass');
  });

  it('are at most twelve', () => {
    const words = Array.from({ length: 40 }, (_, at) => `word${at}`).join(' ');
    const terms = addTerms({ asked: 'and then?', history: [user(words)] }, [words]);
    expect(terms.split(' ')).toHaveLength(14);
  });

  it('are no longer than words are', () => {
    const history = [user(`${'x'.repeat(41)} and the key of the pump`)];
    expect(addTerms({ asked: 'and then?', history }, [])).toBe('and then? key pump');
  });

  it('are none when nothing was said', () => {
    expect(addTerms({ asked: 'and then?', history: [assistant('Hello!')] }, [])).toBe('and then?');
  });
});
