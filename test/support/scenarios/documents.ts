/** Documents that scenarios ask about: one subject each, so that a question finds the one it is about. */
export const handbook = [
  {
    id: 'circuits',
    title: 'Circuit breakers',
    text: 'The circuit opens after five failures within a minute. After thirty seconds it lets three trials through.',
  },
  {
    id: 'kettle',
    title: 'Kitchen rules',
    text: 'Whoever empties the kettle fills it again. Green tea is brewed at eighty degrees Celsius.',
  },
  {
    id: 'parking',
    title: 'Parking',
    text: 'Visitors park behind the northern gate. Bicycles belong into the shed beside the bakery.',
  },
];

/** One of any number of different questions that the handbook's first document answers. */
export function circuitQuestion(number: number): string {
  return `When does the circuit open after failures, case ${number}?`;
}

/** A question that no document of the handbook has anything to do with. */
export const strangeQuestion = 'Wxyzzy plugh qwertz?';
