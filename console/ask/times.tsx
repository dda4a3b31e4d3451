/** When something was, as the clock shows it; with the day where it was another one. */
export function Clock({ at }: { at: number }) {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  const text = date.toLocaleString(undefined, {
    ...(!isToday && { day: 'numeric', month: 'short' }),
    hour: '2-digit',
    minute: '2-digit',
  });
  return (
    <time dateTime={date.toISOString()} title={date.toLocaleString()}>
      {text}
    </time>
  );
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** How long ago something was, such as “3 hours ago”. */
export function describeAge(at: number): string {
  const ageMs = Math.max(Date.now() - at, 0);
  for (const [unit, ms] of UNITS) {
    const count = Math.floor(ageMs / ms);
    if (count > 0) return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
  }
  return 'less than a minute ago';
}

/** A duration in words, such as “25 seconds”. */
export function describeDuration(seconds: number): string {
  if (seconds >= 120) return `${Math.ceil(seconds / 60)} minutes`;
  return seconds <= 1 ? '1 second' : `${Math.ceil(seconds)} seconds`;
}
