import { spawnSync } from 'node:child_process';

/** The path of `chromium` (Debian's package of that name); empty where this machine has none. */
export const CHROMIUM = spawnSync('sh', ['-c', 'command -v chromium']).stdout?.toString().trim() ?? '';
