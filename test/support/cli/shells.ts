import { spawnSync } from 'node:child_process';

/** Whether this machine has the `script` of util-linux, which runs a program on a terminal. */
export const hasTerminal = spawnSync('script', ['--version']).status === 0;

/** Whether this machine has `zsh` and `fish` (Debian's packages of those names). */
export const hasShells = ['zsh', 'fish'].every((shell) => spawnSync(shell, ['--version']).status === 0);
