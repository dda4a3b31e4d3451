import { asksTheSame, formKey, readForm } from '../../src/query/question-form.ts';

const same = (asked: string, earlier: string) => asksTheSame(readForm(asked), readForm(earlier));
const keyOf = (question: string) => formKey(readForm(question));

describe('two questions', () => {
  it.each([
    ['who WON the Super Bowl in 1996', 'Who won the Super Bowl in 1996?'],
    ['In 1996, who won the Super Bowl?', 'Who won the Super Bowl in 1996?'],
    ['won Super Bowl 1996', 'Who won the Super Bowl in 1996?'],
    ['Please, what is the capital of France?', 'What is the capital of France?'],
    ['which is the capital of france', 'What is the capital of France?'],
    ['Why don’t the alarms ring?', 'why do the alarms not ring'],
    ['How did Teslas coil work?', 'How did Tesla’s coil work?'],
    ['How many of the 1000 tickets were sold?', 'How many of the 1,000 tickets were sold?'],
    ['¿Por que perdió la guerra Napoleon?', '¿Por qué perdió la guerra Napoleón?'],
    ['quién ganó la Super Bowl 50', '¿Quién ganó la Super Bowl 50?'],
    ['Wie hoch ist der Turm', 'wie hoch ist der Turm?'],
    ['富士山の高さは', '富士山の高さは？'],
    ['Where do the lamps hang?', 'Where does the lamp hang?'],
    ['When are the accounts closed?', 'When is the account closed?'],
    [
      'In 2014, how long was the flight from London to Paris?',
      'How long was the flight from London to Paris in 2014?',
    ],
    ['case 1: WHERE the harbour lamps does hang', 'Where does the harbour lamp hang, case 1?'],
    ['where do US troops train', 'Where do US troops train?'],
    ['How do I turn off heating boiler?', 'How do I turn off the heating boilers?'],
  ])('ask the same: %s | %s', (asked, earlier) => {
    expect(same(asked, earlier)).toBe(true);
  });

  it.each([
    ['another number', 'Who won the Super Bowl in 1997?', 'Who won the Super Bowl in 1996?'],
    ['a number of other digits', 'Who is member 1234568?', 'Who is member 1234567?'],
    ['another name', 'What is the capital of Austria?', 'What is the capital of Australia?'],
    ['a name that is nearly the same', 'What causes hypothyroidism?', 'What causes hyperthyroidism?'],
    ['a word that is longer by a letter', 'Where is the plane?', 'Where is the plan?'],
    ['a negation', 'Which drinks are not allowed?', 'Which drinks are allowed?'],
    ['a contracted negation', 'Which drinks aren’t allowed?', 'Which drinks are allowed?'],
    ['another word that asks', 'When did Tesla emigrate?', 'Why did Tesla emigrate?'],
    ['yes or no', 'Does the circuit open?', 'When does the circuit open?'],
    ['another tense', 'Who was the chancellor?', 'Who is the chancellor?'],
    ['another duty', 'Must visitors park behind the gate?', 'May visitors park behind the gate?'],
    ['another direction', 'Is there a bus from Ulm?', 'Is there a bus to Ulm?'],
    ['a relation more', 'What is a fuse?', 'What is a fuse for?'],
    ['changed places', 'Did England defeat France?', 'Did France defeat England?'],
    ['who did what', 'Who did Denver defeat?', 'Who defeated Denver?'],
    ['a word more', 'Who won the first Super Bowl?', 'Who won the Super Bowl?'],
    ['a word less', 'Who won the Super Bowl?', 'Who won the first Super Bowl?'],
    ['keywords in another order', 'first plastome sequenced', 'Who sequenced the first plastome?'],
    ['what instead of why', '¿Qué ganó Napoleón?', '¿Por qué ganó Napoleón?'],
    [
      'a particle',
      'How do I turn on the central heating boiler?',
      'How do I turn off the central heating boiler?',
    ],
    ['a particle less', 'turn central heating boiler', 'How do I turn off the central heating boiler?'],
    ['an ending that makes another name', 'What is the capital of Niger?', 'What is the capital of Nigeria?'],
    ['an ending that makes another thing', 'When does methane boil?', 'When does methanol boil?'],
    ['an ending that makes another person', 'What must the employer pay?', 'What must the employee pay?'],
    ['another institution', 'How old is the university?', 'How old is the universe?'],
    [
      'the way back, told in another order',
      'From London to Paris, how long is the flight?',
      'How long is the flight from Paris to London?',
    ],
    [
      'who beat whom, told in another order',
      'At the final in Rio, did Brazil beat Germany?',
      'Did Germany beat Brazil at the final in Rio?',
    ],
    ['an abbreviation', 'Who leads the IT department?', 'Who leads the department?'],
    ['a country', 'How much comes from US plants?', 'How much comes from our plants?'],
    ['a letter', 'What is plan A?', 'What is the plan?'],
    ['signs of a name', 'Who made C++?', 'Who made C#?'],
    ['a sign before a number', 'What melts at −5 °C?', 'What melts at 5 °C?'],
    ['a relation between numbers', 'Is 10 > 5?', 'Is 10 < 5?'],
    ['no content at all', 'Who are you?', 'Who are they?'],
  ])('differ by %s: %s | %s', (_, asked, earlier) => {
    expect(same(asked, earlier)).toBe(false);
  });
});

describe('the key of a form', () => {
  it('is one for every order, case and punctuation, and another for another word or negation', () => {
    const key = keyOf('Who won the Super Bowl in 1996?');
    expect(keyOf('in 1996 the SUPER bowl was won by whom')).toBe(key);
    expect(keyOf('Who won the Super Bowl in 1997?')).not.toBe(key);
    expect(keyOf('Who did not win the Super Bowl?')).not.toBe(keyOf('Who did win the Super Bowl?'));
  });

  it('is one for plurals and forms of verbs', () => {
    const key = keyOf('Where does the pilot close the running circuits?');
    expect(keyOf('where do pilots run the circuit when closed')).toBe(key);
    expect(keyOf('Where does the pilot open the running circuits?')).not.toBe(key);
  });

  it('is missing where there is no content', () => {
    expect(keyOf('Who are you?')).toBeUndefined();
    expect(keyOf('?!')).toBeUndefined();
  });
});
