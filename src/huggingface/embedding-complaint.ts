/** Longer messages are cut. Raised, more of a long body is looked through. */
const MAX_CHARS = 4_000;
/** A request consists of these, so a limit that the text gives is one of their number. */
const COUNTED =
  /\b(batch(es)?|batch_?size|inputs?|texts?|items?|elements?|array|list|requests?|sentences?|documents?|strings?)\b/i;
/** What stands before a limit, which is the next number. A limit of tokens or characters concerns a text, or their sum. */
const LIMIT =
  /(?:\bmax\w{0,12}|\bmost|\bthan|\blimit|\bup to|\bexceeds?|\bexceeded|<=?|≤)[^\d]{0,60}?(\d{1,5})\b(?!\s*(?:input |max |requests? )?(?:tokens?|char|bytes?|[kmg]i?b\b|words?|ms\b|s\b|second|minute|per\b|rpm|tpm|[.,]\d))/gi;

/** The optional fields of the calls to embedding hosts. */
const OPTION = /\b(encoding_format|truncate)\b/;

/** What the refusal of a call to an embedding host complains of. */
export interface EmbeddingComplaint {
  /** The most texts in one call. */
  batchLimit: number | undefined;
  /** It names a field that can be left out. */
  namesOption: boolean;
}

/** Reads the text of an error's body; undefined when it complains of neither. Pure; linear in its length, and bounded. */
export function readEmbeddingComplaint(text: string): EmbeddingComplaint | undefined {
  const start = text.slice(0, MAX_CHARS);
  const batchLimit = readBatchLimit(start);
  const namesOption = OPTION.test(start);
  return batchLimit === undefined && !namesOption ? undefined : { batchLimit, namesOption };
}

/**
 * Reads how many texts a service takes in one call from the text of its refusal: "batch size 32 > maximum allowed batch
 * size 8", "at most 96 texts", "should not be larger than 10". Undefined when the text gives no such limit.
 */
function readBatchLimit(message: string): number | undefined {
  if (!COUNTED.test(message)) return undefined;
  const limits = [...message.matchAll(LIMIT)].map((match) => Number(match[1])).filter((limit) => limit > 0);
  return limits.length > 0 ? Math.min(...limits) : undefined;
}
