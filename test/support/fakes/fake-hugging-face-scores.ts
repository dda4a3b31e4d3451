import type { Fault } from './fake-hugging-face-faults.ts';
import { jsonReply, type Reply } from './fake-hugging-face-replies.ts';

/** The wire formats of rerankers; Cohere's and Jina's differ in their requests' paths alone. */
export type FakeRerankApi = 'tei' | 'results';

/** The scores of texts for a question, best first as the services give them; a fault may spoil them. */
export function rerankReply(
  api: FakeRerankApi,
  texts: string[],
  scoreOf: (text: string) => number,
  fault: Fault | undefined,
): Reply {
  const scored = texts.map((text, index) => ({ index, score: scoreOf(text) }));
  const rows = spoil(scored, fault).toSorted((a, b) => Number(b.score) - Number(a.score));
  if (api === 'tei') return jsonReply(rows, fault);
  const results = rows.map(({ index, score }) => ({ index, relevance_score: score }));
  return jsonReply({ id: 'rerank-fake', results }, fault);
}

type Row = { index: number; score: number | null };

function spoil(rows: Row[], fault: Fault | undefined): Row[] {
  switch (fault?.kind) {
    case 'empty_answer':
      return [];
    case 'wrong_count':
      return rows.slice(1);
    case 'wrong_index':
      return rows.map((row) => ({ ...row, index: row.index + 1 }));
    case 'same_index':
      return rows.map((row) => ({ ...row, index: 0 }));
    case 'null_values':
      return rows.map((row) => ({ ...row, score: null }));
    default:
      return rows;
  }
}
