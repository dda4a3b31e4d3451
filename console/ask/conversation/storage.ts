import { nameStore } from '../../shared/base.ts';
import type { TurnRecord } from './turn.ts';

const STORE = nameStore('conversation');
/** Characters that are kept over a reload. Raised, a browser may refuse to keep any: most take five million. */
const MAX_CHARS = 1_500_000;

/** What is kept over a reload. */
export interface KeptConversation {
  draft: string;
  turns: TurnRecord[];
}

/** Keeps a conversation for this tab: its newest turns, as many as there is room for. */
export function keepConversation({ draft, turns }: KeptConversation): void {
  const newestFirst: string[] = [];
  let left = MAX_CHARS;
  for (const turn of turns.toReversed()) {
    const text = JSON.stringify(turn);
    left -= text.length;
    if (left < 0) break;
    newestFirst.push(text);
  }
  const kept = `{"draft":${JSON.stringify(draft)},"turns":[${newestFirst.toReversed().join(',')}]}`;
  try {
    sessionStorage.setItem(STORE, kept);
  } catch {
    // A browser may forbid storage, or have none left; the conversation then lasts until the page is left.
  }
}

/** The conversation of this tab before the reload. What cannot be read is left out. */
export function readConversation(): KeptConversation {
  try {
    const { draft, turns } = JSON.parse(sessionStorage.getItem(STORE) ?? '') as KeptConversation;
    if (typeof draft === 'string' && Array.isArray(turns)) return { draft, turns };
  } catch {
    // There is none, or an earlier version of the page has kept another shape.
  }
  return { draft: '', turns: [] };
}
