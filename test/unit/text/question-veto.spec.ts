import { asksOtherwise } from '../../../src/text/question-veto.ts';

/** Both ways: which of two questions was there first makes no difference. */
const vetoes = (asked: string, earlier: string) => [
  asksOtherwise(asked, earlier),
  asksOtherwise(earlier, asked),
];

describe('two questions that are alike', () => {
  it.each([
    ['How can I reset my password?', 'How do I reset my password?'],
    ['How long may guests stay?', 'How long can a guest stay?'],
    ['In 2014, how long was the flight from Paris?', 'How long did the flight from Paris take in 2014?'],
    ['where was tesla born', 'Where was Tesla born?'],
    ['Where is the key of the shed kept?', 'Where is the shed’s key?'],
    ['Is there a bus to Ulm?', 'Does a bus go to Ulm?'],
    ['How do I open it?', 'How do you open it?'],
    ['¿Cuándo nació Napoleón?', 'cuando nacio napoleon'],
    ['¿Dónde está la llave del puerto?', '¿Dónde se encuentra la llave del puerto?'],
    ['Wie alt ist der Turm heute?', 'Wie alt ist der Turm?'],
    ['Où est la clé du port ?', 'Où se trouve la clé du port ?'],
    ['Dove si trova la chiave del porto?', 'Dove è la chiave del porto?'],
    ['Onde está a chave do porto?', 'Onde está guardada a chave do porto?'],
    ['Waar is de sleutel gebleven?', 'Waar is de sleutel?'],
  ])('may mean the same: %s | %s', (asked, earlier) => {
    expect(vetoes(asked, earlier)).toEqual([false, false]);
  });

  it.each([
    ['a number', 'Who won the cup in 1996?', 'Who won the cup in 1997?'],
    ['a missing number', 'Who won the cup in 1996?', 'Who won the cup?'],
    ['the order of numbers', 'How do I get from 5 to 10?', 'How do I get from 10 to 5?'],
    ['a version', 'What is new in 2.1.1?', 'What is new in 2.1.2?'],
    ['a number in words', 'What do two tickets cost?', 'What do three tickets cost?'],
    ['a number in words, in Spanish', '¿Qué cuestan dos entradas?', '¿Qué cuestan tres entradas?'],
    ['a number in words, in German', 'Was kosten zwei Karten?', 'Was kosten drei Karten?'],
    ['an ordinal', 'Who won the first cup?', 'Who won the second cup?'],
    ['a unit', 'Is a 5 mW laser safe?', 'Is a 5 MW laser safe?'],
    ['a sign', 'What costs 50 €?', 'What costs 50 $?'],
    ['a name', 'Where was Tesla born?', 'Where was Edison born?'],
    ['a name at the beginning', 'Tesla was born where?', 'Edison was born where?'],
    ['a name that is not there', 'Who married Will Smith?', 'Who married Smith?'],
    ['a numeral', 'Who succeeded Charles I?', 'Who succeeded Charles?'],
    ['the order of names', 'Did England defeat France?', 'Did France defeat England?'],
    ['a name with a digit', 'What does B12 do?', 'What does B6 do?'],
    ['a name with a sign', 'who made c++', 'who made c#'],
    ['a noun in German', 'Wo liegt der Hafen?', 'Wo liegt der Bahnhof?'],
    ['a word of a script without capitals', '富士山の高さは', '筑波山の高さは'],
    ['a word in Arabic', 'متى تفتح المكتبة؟', 'متى تفتح المدرسة؟'],
    ['a negation', 'Which drinks are not allowed?', 'Which drinks are allowed?'],
    ['a contracted negation', 'Which drinks aren’t allowed?', 'Which drinks are allowed?'],
    ['a negation in Spanish', '¿Qué bebidas no se permiten?', '¿Qué bebidas se permiten?'],
    ['a negation in French', 'Qui n’a pas gagné ?', 'Qui a gagné ?'],
    ['a negation in German', 'Wer darf nicht parken?', 'Wer darf parken?'],
    ['a negation in German, with kein', 'Wer zahlt keine Miete?', 'Wer zahlt Miete?'],
    ['a negation in Italian', 'Chi non ha vinto?', 'Chi ha vinto?'],
    ['a negation in Portuguese', 'Quem não venceu?', 'Quem venceu?'],
    ['a negation in Dutch', 'Wie mag niet parkeren?', 'Wie mag parkeren?'],
    ['the opposite', 'How do I turn on the heating?', 'How do I turn off the heating?'],
    ['a direction', 'Is there a bus from Ulm?', 'Is there a bus to Ulm?'],
    ['the time before', 'Who ruled before the war?', 'Who ruled after the war?'],
    ['or', 'Is there tea or coffee?', 'Is there tea and coffee?'],
    ['another one', 'What is the name of a test?', 'What is the name of another test?'],
    ['the passive', 'Which firm was bought by Meta?', 'Which firm bought Meta?'],
    ['an asking word', 'When did Tesla emigrate?', 'Why did Tesla emigrate?'],
    ['what is asked for', 'In which year was Tesla born?', 'In which city was Tesla born?'],
    ['how', 'How many lamps hang there?', 'How long do lamps hang there?'],
    ['who does it', 'Who did Denver defeat?', 'Who defeated Denver?'],
    ['to whom', 'To whom was it sold?', 'Whom was it sold by?'],
    ['a tense', 'Who was the chancellor?', 'Who is the chancellor?'],
    ['an asking word in Spanish', '¿Cuándo nació Napoleón?', '¿Dónde nació Napoleón?'],
    ['why in Spanish', '¿Por qué ganó Napoleón?', '¿Qué ganó Napoleón?'],
    ['whom in Spanish', '¿A quién venció Francia?', '¿Quién venció a Francia?'],
    ['an asking word in French', 'Quand est né Napoléon ?', 'Où est né Napoléon ?'],
    ['an asking word in German', 'Wann wurde Tesla geboren?', 'Wo wurde Tesla geboren?'],
    ['an asking word in Italian', 'Quando è nato Dante?', 'Dove è nato Dante?'],
    ['an asking word in Portuguese', 'Quando nasceu Pessoa?', 'Onde nasceu Pessoa?'],
    ['an asking word in Dutch', 'Wanneer werd Spinoza geboren?', 'Waar werd Spinoza geboren?'],
    ['an asking word of no known language', 'Kiedy urodził się Chopin?', 'Gdzie urodził się Chopin?'],
    ['an asking word of no known language, in small letters', 'когда родился Чехов', 'где родился Чехов'],
  ])('differ by %s: %s | %s', (_, asked, earlier) => {
    expect(vetoes(asked, earlier)).toEqual([true, true]);
  });
});
