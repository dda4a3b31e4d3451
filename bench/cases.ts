import { parseArgs } from 'node:util';
import { play, type CaseGroup } from './cases/case.ts';
import { databases } from './cases/databases.ts';
import { disks } from './cases/disks.ts';
import { deployment } from './cases/deployment.ts';
import { documents } from './cases/documents.ts';
import { embedding } from './cases/embedding.ts';
import { hostility } from './cases/hostility.ts';
import { modelAnswers } from './cases/model-answers.ts';
import { modelPlaces } from './cases/model-places.ts';
import { modelRefusals } from './cases/model-refusals.ts';
import { toTable } from './report.ts';
import { interruption } from './service-process.ts';

const GROUPS: CaseGroup[] = [
  modelRefusals,
  modelAnswers,
  modelPlaces,
  embedding,
  documents,
  deployment,
  databases,
  disks,
  hostility,
];

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const signal = interruption();
const wanted = (text: string) => text.toLowerCase().includes(values.only.toLowerCase());
let unexpected = 0;

for (const { title, cases, missing } of GROUPS) {
  const chosen = wanted(title) ? cases : cases.filter(({ name }) => wanted(name));
  if (chosen.length === 0) continue;
  process.stdout.write(`\n## ${title}\n\n`);
  if (missing !== undefined) {
    process.stdout.write(`Not played: ${missing}.\n`);
    continue;
  }
  const rows: string[][] = [];
  for (const one of chosen) {
    const { text, isExpected } = await play(one, signal);
    if (!isExpected) unexpected++;
    rows.push([one.name, one.expected, text, isExpected ? 'yes' : '**no**'].map(toCell));
  }
  process.stdout.write(`${toTable(['Case', 'Expected', 'Seen', 'As expected'], rows)}\n`);
}
if (unexpected > 0) process.exitCode = 1;

function toCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
}
