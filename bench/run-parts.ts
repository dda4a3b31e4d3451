import { Command } from 'commander';
import { toResultTable, writeReport, type Row } from './report.ts';
import { interruption } from './service-process.ts';

/** One part of the report. */
interface Part {
  /** What a reader must know of it beside its table. */
  note?: string;
  /** Measures; the signal ends it early. */
  measure(signal: AbortSignal): Promise<Row[]>;
}

/**
 * Runs each part under its title, writes the results down, and names what is over budget. With `--only <words>` on the command
 * line it runs the parts whose title contains these words.
 */
export async function runParts(command: string, parts: Record<string, Part>): Promise<void> {
  const { only = '' } = new Command(command)
    .option('--only <words>', 'run the parts whose title contains these words')
    .parse()
    .opts<{ only?: string }>();
  const chosen = Object.entries(parts).filter(([title]) => title.toLowerCase().includes(only.toLowerCase()));
  if (chosen.length === 0)
    throw new Error(`no part is called so; there are: ${Object.keys(parts).join('; ')}`);
  const signal = interruption();
  const missed: string[] = [];
  for (const [title, { note, measure }] of chosen) {
    const rows = await measure(signal);
    const table = toResultTable(rows);
    await writeReport(title, command, note === undefined ? table : `${note}\n\n${table}`);
    missed.push(...rows.filter(({ met }) => met === false).map(({ what }) => what));
  }
  if (missed.length > 0) process.stdout.write(`\nOver budget: ${missed.join('; ')}\n`);
}
