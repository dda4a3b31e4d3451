import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder } from '../service-process.ts';

/** What a command has written, and how it has ended. */
export interface CommandResult {
  exitCode: number | null;
  /** Both streams, in one line. */
  shown: string;
}

const FAILSOFT = fileURLToPath(new URL('../../dist/cli/failsoft.js', import.meta.url));

/** Runs the built `ingest` over a new folder with the files given by their paths. */
export async function ingestFolder(
  files: Record<string, string>,
  options: string[],
  signal: AbortSignal,
): Promise<CommandResult> {
  await using folder = await makeTemporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), content);
  }
  const child = spawn(process.execPath, [FAILSOFT, 'ingest', folder.path, ...options], { signal });
  const [out, error] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, shown: (out + error).trim().replaceAll('\n', ' ') };
}
