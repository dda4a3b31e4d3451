const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const DELAY_SECONDS = /^\d{1,10}(\.\d{1,6})?$/;

/**
 * Parses a `Retry-After` header (RFC 9110, section 10.2.3). Fractions of a second are accepted.
 * @param wallMs the epoch milliseconds that a date is compared with
 * @returns milliseconds, 0 for a date in the past; undefined when the header is missing or unusable
 */
export function parseRetryAfter(header: string | null, wallMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (DELAY_SECONDS.test(text)) return Number(text) * 1_000;
  const date = parseHttpDate(text);
  return date === undefined ? undefined : Math.max(0, date - wallMs);
}

/** Epoch milliseconds of an HTTP date in the form that senders must use (IMF-fixdate); undefined for anything else. */
export function parseHttpDate(text: string | null): number | undefined {
  if (text === null || !HTTP_DATE.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : date;
}
