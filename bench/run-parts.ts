import { toResultTable, writeReport, type Row } from './report.ts';
import { interruption } from './service-process.ts';

/** One part of the report. */
interface Part {
  /** What a reader must know of it beside its table. */
  note?: string;
  /** Measures; the signal ends it early. */
  measure(signal: AbortSignal): Promise<Row[]>;
}

/** Runs each part under its title, writes the results down, and names what is over budget. */
export async function runParts(command: string, parts: Record<string, Part>): Promise<void> {
  const signal = interruption();
  const missed: string[] = [];
  for (const [title, { note, measure }] of Object.entries(parts)) {
    const rows = await measure(signal);
    const table = toResultTable(rows);
    await writeReport(title, command, note === undefined ? table : `${note}\n\n${table}`);
    missed.push(...rows.filter(({ met }) => met === false).map(({ what }) => what));
  }
  if (missed.length > 0) process.stdout.write(`\nOver budget: ${missed.join('; ')}\n`);
}
