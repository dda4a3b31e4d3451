import { spawnSync } from 'node:child_process';

/** The first starts and draws a third quicker than the whole browser. */
const COMMANDS = ['chromium-headless-shell', 'chromium', 'google-chrome'];

/** The path of Chromium (Debian's packages of these names) or of Google Chrome; empty where this machine has none. */
export const CHROMIUM =
  spawnSync('sh', ['-c', COMMANDS.map((command) => `command -v ${command}`).join(' || ')])
    .stdout?.toString()
    .trim() ?? '';
