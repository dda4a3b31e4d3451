/** A duration in seconds in words, with its two largest units. */
export function sayDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  if (minutes < 60) return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
  const [hours, left] = [Math.floor(minutes / 60), minutes % 60];
  return left === 0 ? `${hours} h` : `${hours} h ${left} min`;
}

/** Milliseconds in a readable unit; a dash for none. */
export function sayMs(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${Number((ms / 1_000).toFixed(ms < 10_000 ? 2 : 1))} s`;
}

/** A share from 0 to 1 in percent; a dash for none. A share that is not whole never looks so. */
export function sayShare(share: number | null): string {
  if (share === null) return '–';
  const percent = share * 100;
  if (percent > 99 && percent < 100) return `${Math.min(99.9, Number(percent.toFixed(1)))} %`;
  return percent > 0 && percent < 1 ? `${percent.toFixed(1)} %` : `${Math.round(percent)} %`;
}

/** The time of day of epoch seconds, with the date where that is not today. */
export function sayTime(seconds: number): string {
  const date = new Date(seconds * 1_000);
  const time = date.toLocaleTimeString();
  return date.toDateString() === new Date().toDateString() ? time : `${date.toLocaleDateString()} ${time}`;
}

/** How long ago epoch seconds were. */
export function sayAgo(seconds: number, nowMs: number): string {
  const ago = nowMs / 1_000 - seconds;
  return ago < 1.5 ? 'just now' : `${sayDuration(ago)} ago`;
}

/** A count with its noun. */
export function sayCount(count: number, noun: string): string {
  return `${count.toLocaleString()} ${noun}${count === 1 ? '' : 's'}`;
}

/** Names as a list in a sentence. */
export function sayList(names: string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
