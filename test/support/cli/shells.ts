import { spawnSync } from 'node:child_process';

/** Whether this machine has `zsh` and `fish` (Debian's packages of those names). */
export const hasShells = ['zsh', 'fish'].every((shell) => spawnSync(shell, ['--version']).status === 0);
