import { contentWords, standsAlone } from '../../../src/text/standalone.ts';

describe('a question that stands alone', () => {
  it.each([
    'When does the circuit open?',
    'How high is the Riedberg pass?',
    'Where do visitors park their cars?',
    'What is a pump and how do I start it?',
    'What does error 4711 mean?',
    'opening hours of the Riedberg museum',
    'Wie hoch ist der Riedbergpass?',
    'Können Sie mir die Öffnungszeiten der Hütte nennen?',
    '¿Qué altura tiene el puerto de Riedberg?',
    'Quand le col du Riedberg est-il ouvert ?',
    'Quanto costa il biglietto del museo?',
    'Quanto custa a entrada do museu?',
    'Hoe laat opent het museum in Utrecht?',
    'Когда открыт перевал Ридберг?',
    '里德贝格山口什么时候开放？',
    `and what does it mean? ${'ERROR '.repeat(100)}`,
  ])('says what it is about: %s', (question) => {
    expect(standsAlone(question)).toBe(true);
  });

  it.each([
    [
      'too few words',
      ['Why?', 'In winter?', 'How much for children?', 'tell me more', '冬天呢？', 'А зимой?'],
    ],
    ['a beginning that goes on', ['And the price for children?', 'What about the opening hours on Sunday?']],
    ['such a beginning in German', ['Und was kosten Karten für Kinder?']],
    ['such a beginning in French', ['Et combien coûte une carte pour un enfant ?']],
    ['such a beginning in Spanish', ['¿Y cuánto cuesta la entrada para niños?']],
    ['such a beginning in Italian', ['E quanto costa il biglietto per bambini?']],
    ['such a beginning in Portuguese', ['E quanto custa a entrada para crianças?']],
    ['such a beginning in Dutch', ['En wat kost een kaartje voor kinderen?']],
    ['a word that points back', ['When is it closed for caravans?', 'Which of them is the cheapest ticket?']],
    [
      'such a word in German',
      ['Wann wird diese im Winter geöffnet?', 'Sie kostet wie viel Euro am Sonntag?'],
    ],
    ['such a word in French', ['Quand cette route est-elle ouverte en hiver ?']],
    ['such a word in Spanish', ['¿Cuándo abre ese puerto en invierno?']],
    ['such a word in Chinese', ['它什么时候开放给游客参观？']],
    ['nothing', ['', '?', '…']],
  ])('does not have %s', (_, questions) => {
    expect(questions.map(standsAlone)).toEqual(questions.map(() => false));
  });
});

describe('the content words of a text', () => {
  it('are without function words, numbers in words and negations, each once', () => {
    expect(
      contentWords('What is the pressure of the second pump, and why is the pump not in use in 2024?'),
    ).toEqual(['pressure', 'pump', 'use', '2024']);
  });

  it('are without the English genitive, and whole where a script has no spaces', () => {
    expect(contentWords('the pump’s valve')).toEqual(['pump', 'valve']);
    expect(contentWords('冬天的山口')).toEqual(['冬天', '山口']);
  });
});
