import { escapeIdentifier, type ClientBase } from 'pg';
import { MigrationError, sqlStateOf } from '../connection/database-errors.ts';

/** The first version of pgvector that has everything that the searches use. */
const LEAST_VERSION = [0, 8];

/** SQLSTATEs with which PostgreSQL says that the files of an extension are not there. */
const NOT_INSTALLED = ['0A000', '58P01', '22023'];
const NO_PRIVILEGE = '42501';

/** The one encoding that holds every text, and whose words the searches see whole. */
const ENCODING = 'UTF8';

interface Found {
  encoding: string;
  role: string;
  hasSchema: boolean;
  maySchema: boolean;
  hasPublic: boolean;
  extension: string | null;
  version: string | null;
  mayExtension: boolean | null;
}

/**
 * Makes the schema and the extension `vector` unless they exist, within the transaction of the caller. The extension may be
 * in any schema; a new one goes where an administrator's statement puts it by default, because a database has only one, and
 * applications may want it too.
 * @returns the schema of the extension
 * @throws MigrationError with what an administrator must do
 */
export async function prepareDatabase(client: ClientBase, schema: string): Promise<string> {
  const { rows } = await client.query<Found>(
    `SELECT current_setting('server_encoding') AS encoding, current_user AS role, own.id IS NOT NULL AS "hasSchema",
            CASE WHEN own.id IS NULL THEN has_database_privilege(current_database(), 'CREATE')
                 ELSE has_schema_privilege(own.id, 'CREATE') AND has_schema_privilege(own.id, 'USAGE') END AS "maySchema",
            to_regnamespace('public') IS NOT NULL AS "hasPublic",
            n.nspname AS extension, e.extversion AS version, has_schema_privilege(n.oid, 'USAGE') AS "mayExtension"
     FROM (SELECT to_regnamespace($1)::oid AS id) AS own
     LEFT JOIN pg_extension e ON e.extname = 'vector' LEFT JOIN pg_namespace n ON n.oid = e.extnamespace`,
    [escapeIdentifier(schema)],
  );
  const [found] = rows as [Found];
  if (found.encoding !== ENCODING)
    throw new MigrationError(
      `the database has the encoding ${found.encoding}, in which texts cannot be stored and found: name one in DATABASE_URL that was made with CREATE DATABASE … TEMPLATE template0 ENCODING '${ENCODING}'`,
    );
  const role = escapeIdentifier(found.role);
  const missing: string[] = [];
  if (!found.maySchema)
    missing.push(
      found.hasSchema
        ? `GRANT USAGE, CREATE ON SCHEMA ${escapeIdentifier(schema)} TO ${role};`
        : `CREATE SCHEMA ${escapeIdentifier(schema)} AUTHORIZATION ${role};`,
    );
  else if (!found.hasSchema) await client.query(`CREATE SCHEMA ${escapeIdentifier(schema)}`);
  const where = found.extension ?? (found.hasPublic ? 'public' : schema);
  if (found.version !== null && isOlder(found.version)) missing.push('ALTER EXTENSION vector UPDATE;');
  if (found.mayExtension === false)
    missing.push(`GRANT USAGE ON SCHEMA ${escapeIdentifier(where)} TO ${role};`);
  if (found.extension === null && !(await tryToCreateExtension(client, where)))
    missing.push('CREATE EXTENSION vector;');
  if (missing.length > 0)
    throw new MigrationError(
      `the role lacks privileges in the database: let an administrator run ${missing.join(' ')}`,
    );
  return where;
}

/** @returns whether the role may; a failure leaves the transaction as it was */
async function tryToCreateExtension(client: ClientBase, schema: string): Promise<boolean> {
  await client.query('SAVEPOINT extension');
  try {
    await client.query(`CREATE EXTENSION vector SCHEMA ${escapeIdentifier(schema)}`);
    return true;
  } catch (error) {
    const state = sqlStateOf(error) ?? '';
    if (NOT_INSTALLED.includes(state))
      throw new MigrationError(
        'the server has no pgvector: install it there, on Debian as the package postgresql-…-pgvector',
        { cause: error },
      );
    if (state !== NO_PRIVILEGE) throw error;
    await client.query('ROLLBACK TO SAVEPOINT extension');
    return false;
  }
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = LEAST_VERSION;
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}
