const numbers = new Intl.NumberFormat('en');
const times = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
const clock = new Intl.DateTimeFormat('en', { timeStyle: 'short' });

/** `1 file`, `1,204 files`. */
export function countOf(count: number, noun: string): string {
  return `${numbers.format(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A size for people, with steps of 1,024. */
export function describeBytes(bytes: number): string {
  if (bytes < 1_024) return countOf(bytes, 'byte');
  const inMegabytes = bytes / 1_048_576;
  if (inMegabytes < 1) return `${Math.round(bytes / 1_024)} KB`;
  return `${inMegabytes < 10 && !Number.isInteger(inMegabytes) ? inMegabytes.toFixed(1) : Math.round(inMegabytes)} MB`;
}

/** The day and the time of an ISO date, in the time zone of the browser. */
export function describeTime(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : times.format(time);
}

/** The time of the day of an ISO date or of milliseconds. */
export function describeClock(time: string | number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : clock.format(date);
}

/** Kinds that a line names. Raised, the line grows longer. */
const MAX_KINDS = 8;

/** What was passed over, the most frequent first. */
export function describeKinds(kinds: ReadonlyMap<string, number>): string {
  const sorted = [...kinds].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${count} × ${kind}`);
  const more = sorted.length > MAX_KINDS ? `, ${sorted.length - MAX_KINDS} more kinds` : '';
  return sorted.slice(0, MAX_KINDS).join(', ') + more;
}
