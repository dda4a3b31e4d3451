import { CHROMIUM } from './browser/chromium.ts';
import { hasShells, hasTerminal } from './cli/shells.ts';
import { nativePostgresUrl } from './postgres/native-postgres.ts';
import { hasPgBouncer } from './postgres/pgbouncer.ts';
import { canStartPostgres } from './postgres/own-postgres.ts';
import { hasNginx } from './proxy/nginx.ts';
import { hasRedis } from './redis/redis-server.ts';

/** Says at the end of a run how many tests were skipped because a program is missing, and how to run them. */
export default class SkippedReporter {
  private readonly isQuiet: boolean;

  /** The options are those of the run: with a name pattern every test that does not match it counts as skipped. */
  constructor({ testNamePattern, watch }: { testNamePattern?: string; watch?: boolean }) {
    this.isQuiet = Boolean(testNamePattern) || watch === true;
  }

  /** Called by Jest when all tests have run. */
  onRunComplete(_contexts: unknown, { numPendingTests: skipped }: { numPendingTests: number }): void {
    if (skipped === 0 || this.isQuiet) return;
    const lines = missing().map((advice) => `  - ${advice}\n`);
    // Jest writes its own summary after the last reporter has been called.
    process.once('exit', () => {
      process.stderr.write(`\nTests skipped: ${skipped}. To run them too:\n${lines.join('')}`);
    });
  }
}

/** How to get each of the things that tests are skipped without and that are not there. */
function missing(): string[] {
  const postgres =
    'Set TEST_DATABASE_URL to a PostgreSQL server with pgvector on which its user may create databases: TEST_DATABASE_URL=postgres://user:password@localhost:5432/postgres npm test';
  const ownPostgres =
    'Install PostgreSQL with pgvector on this machine, which some tests start and kill (on Debian 13: apt install postgresql-17-pgvector).';
  const redis = 'Install redis-server, which the tests start (on Debian: apt install redis-server).';
  const pooler = 'Install PgBouncer, which the tests start (on Debian: apt install pgbouncer).';
  const browser =
    'Install Chromium, which the tests of the console start (on Debian: apt install chromium-headless-shell).';
  const proxy = 'Install nginx, which the tests start (on Debian: apt install nginx).';
  const terminal = "Install util-linux's script, which runs a program on a terminal (Linux only).";
  const shells = 'Install zsh and fish, which the tests start (on Debian: apt install zsh fish).';
  return [
    ...(nativePostgresUrl === undefined ? [postgres] : []),
    ...(canStartPostgres ? [] : [ownPostgres]),
    ...(hasRedis ? [] : [redis]),
    ...(CHROMIUM !== '' ? [] : [browser]),
    ...(hasPgBouncer ? [] : [pooler]),
    ...(hasNginx ? [] : [proxy]),
    ...(hasShells ? [] : [shells]),
    ...(hasTerminal ? [] : [terminal]),
  ];
}
