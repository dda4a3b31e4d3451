import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../bench/service-process.ts';
import { copyDataTemplate } from '../postgres/data-template.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Builds the service with its console, unless these sources are built already. */
export function buildService(): void {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.js'], { cwd: ROOT });
  if (status !== 0) throw new Error(`the build failed: ${stderr.toString()}`);
}

/** Makes a folder with an empty database, for `DATA_DIR`. */
export async function makeDataFolder(): Promise<TemporaryFolder> {
  const folder = await makeTemporaryFolder();
  await copyDataTemplate(folder.path);
  return folder;
}
