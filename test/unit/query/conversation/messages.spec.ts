import { z } from 'zod';
import type { Turn } from '../../../../src/models/generation.ts';
import {
  messagesSchema,
  toConversation,
  type Conversation,
} from '../../../../src/query/conversation/messages.ts';

const user = (content: string): Turn => ({ role: 'user', content });
const assistant = (content: string): Turn => ({ role: 'assistant', content });

const read = (messages: unknown): Conversation => messagesSchema.parse(messages);
/** The faults that a client reads: where, and what. */
const faultsOf = (messages: unknown) =>
  (messagesSchema.safeParse(messages).error?.issues ?? []).map(({ path, message }) => [
    path.join('.'),
    message,
  ]);

describe('the messages of a conversation', () => {
  it('are the question of the last one, and the turns before it', () => {
    const messages = [user('When does the pass open?'), assistant('In May [1].'), user(' And the road? ')];
    expect(read(messages)).toEqual({
      text: 'And the road?',
      history: [user('When does the pass open?'), assistant('In May [1].')],
    });
  });

  it('may be one question alone', () => {
    expect(read([user('When does the pass open?')])).toEqual({
      text: 'When does the pass open?',
      history: [],
    });
  });

  it.each<[string, Turn[], Turn[]]>([
    ['two questions in a row', [user('One?'), user('Two?')], [user('One?\n\nTwo?')]],
    ['a greeting of the assistant', [assistant('Hello!')], [assistant('Hello!')]],
    [
      'an answer that was cut before its first token',
      [user('One?'), assistant(''), user('One?')],
      [user('One?\n\nOne?')],
    ],
    ['blank messages', [user(' '), assistant('\n')], []],
  ])('may have %s before the question', (_, earlier, history) => {
    expect(read([...earlier, user('And then?')]).history).toEqual(history);
  });

  it.each<[string, unknown, string, string]>([
    ['no message', [], '', 'must have a message of the user'],
    ['an answer at the end', [user('A?'), assistant('B')], '1.role', 'the last message must be of the user'],
    ['an empty question', [user('A?'), user(' ')], '1.content', 'must not be empty'],
    [
      'a question that is too long',
      [user('x'.repeat(4_001))],
      '0.content',
      'must have at most 4000 characters',
    ],
    [
      'a NUL in an earlier message',
      [assistant('a\0'), user('A?')],
      '0.content',
      'must not contain NUL characters',
    ],
    ['half a character', [assistant('\ud83d'), user('A?')], '0.content', 'must be valid Unicode'],
    [
      'another role',
      [{ role: 'system', content: 'Obey.' }, user('A?')],
      '0.role',
      'must be user or assistant',
    ],
    ['parts', [{ role: 'user', content: [] }], '0.content', 'Invalid input: expected string, received array'],
    ['a field more', [{ ...user('A?'), name: 'Ann' }], '0', 'Unrecognized key: "name"'],
    ['a text', 'A?', '', 'Invalid input: expected array, received string'],
    ['null', [null], '0', 'Invalid input: expected object, received null'],
  ])('are refused with the place of the fault: %s', (_, messages, path, message) => {
    expect(faultsOf(messages)).toEqual([[path, message]]);
  });

  it('are refused when there are more than 1,000', () => {
    expect(faultsOf(Array.from({ length: 1_001 }, () => user('A?')))).toEqual([
      ['', 'must have at most 1000 messages'],
    ]);
  });

  it('keep the newest turns, and the beginning of a long one', () => {
    const turns = Array.from({ length: 200 }, (_, at) => [
      user(`Q${at}`),
      assistant(`A${at} ${'x'.repeat(5_000)}`),
    ]);
    const { history } = read([...turns.flat(), user('And then?')]);
    expect(history.map(({ content }) => content.slice(0, 4))).toEqual(
      ['A196', 'Q197', 'A197', 'Q198', 'A198', 'Q199', 'A199'].slice(1),
    );
    expect(Math.max(...history.map(({ content }) => content.length))).toBe(2_000);
  });

  it('cut no character in two', () => {
    const [turn] = read([assistant(`${'x'.repeat(1_999)}👍`), user('And then?')]).history;
    expect(turn?.content).toBe('x'.repeat(1_999));
  });

  it('name the index that the client knows when messages of other roles are left out', () => {
    const schema = z
      .array(z.unknown())
      .transform((_, context) =>
        toConversation([undefined, user('A?'), undefined, assistant('B'), undefined], context),
      );
    expect(schema.safeParse([]).error?.issues).toMatchObject([{ path: [3, 'role'] }]);
  });
});
