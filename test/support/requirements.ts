import { CHROMIUM } from './browser/chromium.ts';
import { hasShells, hasTerminal } from './cli/shells.ts';
import { nativePostgresUrl } from './postgres/native-postgres.ts';
import { hasPgBouncer } from './postgres/pgbouncer.ts';
import { canStartPostgres } from './postgres/own-postgres.ts';
import { hasNginx } from './proxy/nginx.ts';
import { hasRedis } from './redis/redis-server.ts';

// Where a program is missing, the tests that need it are skipped; the run says so at its end.

/** Describes what needs the server that `TEST_DATABASE_URL` names. */
export const describeWithPostgres = describeIf(nativePostgresUrl !== undefined);

/** Describes what needs that server and `pgbouncer`. */
export const describeWithPgBouncer = describeIf(nativePostgresUrl !== undefined && hasPgBouncer);

/** Describes what freezes and kills a PostgreSQL server of its own. */
export const describeWithOwnPostgres = describeIf(canStartPostgres);

/** Describes what needs `redis-server`. */
export const describeWithRedis = describeIf(hasRedis);

/** Describes what needs `nginx`. */
export const describeWithNginx = describeIf(hasNginx);

/** Describes what needs `chromium`, before a built service. */
export const describeWithChromium = describeIf(CHROMIUM !== '');

/** Describes what runs on a terminal. */
export const describeWithTerminal = describeIf(hasTerminal);

/** Describes what needs `zsh` and `fish`. */
export const describeWithShells = describeIf(hasShells);

/** Describes what needs both servers. */
export const describeWithPostgresAndRedis = describeIf(nativePostgresUrl !== undefined && hasRedis);

function describeIf(isThere: boolean): typeof describe | typeof describe.skip {
  return isThere ? describe : describe.skip;
}
