import { selectExcerpts } from '../../../src/text/excerpts/excerpts.ts';
import { highlighterOf } from '../../../src/query/generation/highlights.ts';

function highlighted(question: string, text: string): string[] {
  const [excerpt] = selectExcerpts(question, [{ number: 1, text }], { count: 1, maxChars: 200 });
  if (!excerpt) return [];
  return highlighterOf(question)(excerpt).map(({ start, end }) => excerpt.text.slice(start, end));
}

describe('highlights', () => {
  it.each([
    ['When does the pump open the valve?', 'The pump opens it when the pressure rises.', ['pump', 'opens']],
    ['Wann öffnet die Pumpe das Ventil?', 'Die Pumpe öffnet es, wenn der Druck steigt.', ['Pumpe', 'öffnet']],
    ['वाल्व को पंप में कौन खोलता है?', 'पंप को दाब में खोलता है।', ['पंप', 'खोलता']],
    ['متى يفتح الصمام في المضخة؟', 'في المضخة صمام واحد.', ['المضخة', 'صمام']],
    ['อะไรเปิดวาล์ว', 'ปั๊มเปิดวาล์ว', ['เปิด', 'วาล์ว']],
    ['谁打开阀门？', '水泵打开阀门。', ['打开阀门']],
  ])('of %j in %j are the content words', (question, text, words) => {
    expect(highlighted(question, text)).toEqual(words);
  });

  it('are function words when the question has no others', () => {
    expect(highlighted('The who?', 'Who knows the band?')).toEqual(['Who', 'the']);
  });
});
