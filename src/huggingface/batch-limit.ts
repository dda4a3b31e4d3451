/** A request consists of these, so a limit that the text gives is one of their number. */
const COUNTED =
  /(?:\b|_)(batch(es)?|batch_?size|inputs?|texts?|items?|elements?|array|list|requests?|sentences?|documents?|strings?)\b/i;
/** What stands before a limit, which is the next number. A limit of tokens or characters concerns a text, or their sum. */
const LIMIT =
  /(?:\bmax\w{0,12}|\bmost|\bonly|\bthan|\blimit|\bup to|\bexceeds?|\bexceeded|[<>]=?|≤)[^\d\n]{0,60}?(\d{1,5})\b(?!\s*(?:input |max |requests? )?(?:tokens?|char|bytes?|[kmg]i?b\b|words?|ms\b|s\b|second|minute|per\b|rpm|tpm|[.,]\d))/gi;

/**
 * Reads how many texts a service takes in one call from the text of its refusal: "batch size 32 > maximum allowed batch
 * size 8", "at most 96 texts", "should not be larger than 10". Pure; in time that is linear in the text's length.
 * @returns undefined when the text gives no such limit
 */
export function readBatchLimit(text: string): number | undefined {
  if (!COUNTED.test(text)) return undefined;
  const limits = [...text.matchAll(LIMIT)].map((match) => Number(match[1])).filter((limit) => limit > 0);
  return limits.length > 0 ? Math.min(...limits) : undefined;
}
