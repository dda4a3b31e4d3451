/** One line of the table. */
export interface Step {
  step: number | string;
  what: string;
  status: number | string;
  by: string;
  circuit: string;
  ms: string;
  /** Of the answer; cut to its first words. */
  text: string;
}

const WIDTHS: Record<keyof Step, number> = {
  step: 4,
  what: 46,
  status: 4,
  by: 16,
  circuit: 9,
  ms: 5,
  text: 48,
};

/** Prints the head of the table. */
export function showHead(): void {
  const head = { step: 'step', what: 'what happens', status: 'HTTP', by: 'answered by', circuit: 'circuit' };
  showStep({ ...head, ms: 'ms', text: 'first words' });
  const line = Object.values(WIDTHS).map((width) => '─'.repeat(width));
  process.stdout.write(`${line.join('──')}\n`);
}

/** Prints one line. */
export function showStep(step: Step): void {
  const cells = (Object.keys(WIDTHS) as (keyof Step)[]).map((key) => fit(String(step[key]), WIDTHS[key]));
  process.stdout.write(`${cells.join('  ').trimEnd()}\n`);
}

/** Prints what an answer says about itself, below its line. */
export function showNote(text: string): void {
  process.stdout.write(`${' '.repeat(WIDTHS.step)}  → ${text}\n`);
}

function fit(text: string, width: number): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > width ? `${line.slice(0, width - 1)}…` : line.padEnd(width);
}
