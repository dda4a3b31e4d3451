import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';

/** One line of a table of results. */
export interface Row {
  what: string;
  /** The measured value with its unit. */
  value: string;
  /** To the row it is compared with. */
  ratio?: string;
  budget?: string;
  /** Whether the budget is kept. */
  met?: boolean;
}

const FILE = new URL('../docs/benchmarks.md', import.meta.url);
const INTRODUCTION = `# Benchmarks

Each section is written by the command that it names. Compare the ratios within one run: the absolute values belong to
the machine that is named with them. A load average well above its number of processors means that other work was
running during the measurement. With \`-- --only <words>\` \`bench\`, \`bench:failover\` and \`bench:streams\` write the sections alone
whose title contains these words.
`;

/** The load average per processor that a measurement makes by itself, at most. Raised, disturbed ones are not marked. */
const QUIET_LOAD = 2;
const DISTURBED = ' **Other work was running: to be measured again.**';

/** A Markdown table. */
export function toTable(head: readonly string[], lines: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** A Markdown table of results against their budgets. */
export function toResultTable(rows: readonly Row[]): string {
  const lines = rows.map(({ what, value, ratio, budget, met }) => {
    const verdict = met === undefined ? '' : met ? 'yes' : '**no**';
    return [what, value, ratio ?? '', budget ?? '', verdict];
  });
  return toTable(['What', 'Measured', 'Ratio', 'Budget', 'Kept'], lines);
}

/** Prints a part of the report, and puts it into `docs/benchmarks.md` in place of the one of the same title. */
export async function writeReport(title: string, command: string, body: string): Promise<void> {
  const [load = 0] = loadavg();
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, load average ${load.toFixed(1)}`;
  const isDisturbed = load > QUIET_LOAD * cpus().length;
  const made = `Made by \`${command}\` on ${new Date().toISOString().slice(0, 10)}: ${machine}.${isDisturbed ? DISTURBED : ''}`;
  const part = `## ${title}\n\n${made}\n\n${body}\n`;
  process.stdout.write(`\n${part}`);
  const known = await readFile(FILE, 'utf8').catch(() => INTRODUCTION);
  const [introduction = INTRODUCTION, ...parts] = known.split(/^(?=## )/m).map((text) => `${text.trim()}\n`);
  const isThis = (text: string) => text.startsWith(`## ${title}\n`);
  const others = parts.some(isThis) ? parts.map((text) => (isThis(text) ? part : text)) : [...parts, part];
  await writeFile(FILE, [introduction, ...others].join('\n'));
}
