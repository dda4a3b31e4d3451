import type { NumberedPassage } from '../retrieval/context.ts';

/** Whether a passage directly follows another one in its document. */
export function follows(passage: NumberedPassage, other: NumberedPassage | undefined): boolean {
  return passage.document_id === other?.document_id && passage.ordinal === other.ordinal + 1;
}

/**
 * Puts passages that follow each other in a document next to each other, in the document's order: a model then reads on,
 * and a table or code that was cut between them is whole. A group stands where its best passage stood.
 * @param context best first
 * @returns the same passages, numbered anew from 1
 */
export function joinNeighbours(context: readonly NumberedPassage[]): NumberedPassage[] {
  const groups: NumberedPassage[][] = [];
  for (const passage of context.toSorted((a, b) => a.ordinal - b.ordinal)) {
    const group = groups.find((candidate) => follows(passage, candidate.at(-1)));
    if (group) group.push(passage);
    else groups.push([passage]);
  }
  const groupOf = (passage: NumberedPassage) => groups.find((group) => group.includes(passage)) ?? [];
  const joined = [...new Set(context.map(groupOf))].flat();
  return joined.map((passage, at) => ({ ...passage, number: at + 1 }));
}
