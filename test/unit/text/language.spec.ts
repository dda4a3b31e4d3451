import { detectLanguage } from '../../../src/text/language.ts';

describe('the language of a text', () => {
  it.each([
    ['english', 'When does the circuit open after five failures?'],
    ['english', 'A password is a secret.'],
    ['english', 'A bridge is a structure. A visa is a paper document.'],
    ['english', 'Die casting is a process.'],
    ['hungarian', 'A vár a hegyen áll, és nem egy kapu van rajta.'],
    ['german', 'Wann öffnet sich der Stromkreis und wer schließt ihn wieder?'],
    ['french', 'Quelle est la hauteur de la tour et quand est-ce qu’elle ouvre ?'],
    ['spanish', '¿Cuál es la altura de la torre y cuándo se abre al público?'],
    ['italian', 'Qual è la capitale del paese e quando è stata fondata?'],
    ['portuguese', 'Qual é a capital do país e quando foi que ela se tornou uma cidade?'],
    ['dutch', 'Wat is de hoofdstad van het land en hoe groot is die?'],
    ['russian', 'Как называется столица этой страны и когда она была основана?'],
    ['greek', 'Ποιος είναι ο μεγαλύτερος ποταμός και πού βρίσκεται;'],
  ])('is %s for: %s', (language, text) => {
    expect(detectLanguage(text)).toBe(language);
  });

  it("is 'simple' for a text in an unknown language", () => {
    const polish =
      'Najwyższa góra kraju leży na południu. Wielu ludzi wchodzi tam latem, kiedy dni są długie i ciepłe. ' +
      'Zimą szlaki bywają zamknięte, ponieważ grożą lawiny. Schronisko przyjmuje gości przez cały rok, ale miejsca ' +
      'trzeba zamawiać wcześniej. Ratownicy radzą zabierać mapę oraz ciepłą odzież.';
    expect(detectLanguage(polish)).toBe('simple');
  });

  it('is undefined for a text that is too short', () => {
    for (const text of ['', 'Fuses', '东京大学', '🦆', 'Circuit breakers', 'No pets.', 'A ház nagy.'])
      expect(detectLanguage(text)).toBeUndefined();
  });

  it('is that of the larger part of a long text', () => {
    const english = 'The gate is closed at night, and it is opened in the morning by whoever comes first. ';
    const german = 'Das Tor ist nachts geschlossen und wird von dem geöffnet, der am Morgen zuerst kommt. ';
    expect(detectLanguage(german.repeat(20) + english.repeat(2_000))).toBe('english');
  });
});
