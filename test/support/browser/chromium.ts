import { spawnSync } from 'node:child_process';

/** The path of `chromium` (Debian's package of that name) or of Google Chrome; empty where this machine has neither. */
export const CHROMIUM =
  spawnSync('sh', ['-c', 'command -v chromium || command -v google-chrome']).stdout?.toString().trim() ?? '';
