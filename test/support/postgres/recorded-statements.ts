import type { Connections } from '../../../src/postgres/connection/connections.ts';
import type { NewChunk } from '../../../src/postgres/corpus/chunk-diff.ts';
import type { Database } from '../../../src/postgres/connection/database.ts';

/** A statement with its parameters. */
export interface Statement {
  sql: string;
  values: unknown[];
}

/** Records every statement that connections run from now on, but not the beginning and the end of a transaction. */
export function recordStatements(connections: Connections): Statement[] {
  const statements: Statement[] = [];
  const open = connections.open.bind(connections);
  connections.open = async (signal) => {
    const session = await open(signal);
    const run = session.run.bind(session);
    session.run = (sql, values, limit) => {
      if (sql !== 'COMMIT' && sql !== 'ROLLBACK') statements.push({ sql, values });
      return run(sql, values, limit);
    };
    return session;
  };
  return statements;
}

/** What changes tables and settings has no plan. */
const HAS_PLAN = /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/;

/**
 * Writes a statement as text, and under it as a comment its plan for these parameters, without costs. A table is read as
 * a whole only where no index can serve: the tables of a test are so small that the planner would prefer it.
 */
export async function describeStatement(database: Database, { sql, values }: Statement): Promise<string> {
  if (!HAS_PLAN.test(sql)) return indentLines(sql).join('\n');
  const rows = await database.transaction(async (tx) => {
    await tx.query('SET LOCAL enable_seqscan = off');
    return tx.query<{ 'QUERY PLAN': string }>(`EXPLAIN (COSTS OFF) ${sql}`, values);
  });
  return [...indentLines(sql), ...rows.map((row) => `-- ${row['QUERY PLAN']}`)].join('\n');
}

/** The lines of a statement, each indented by the parentheses that are open. */
function indentLines(sql: string): string[] {
  let depth = 0;
  const lines = sql.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const text = line.trim();
    const closed = /^\)*/.exec(text)?.[0].length ?? 0;
    const indented = '  '.repeat(Math.max(0, depth - closed)) + text;
    depth += text.split('(').length - text.split(')').length;
    return indented;
  });
}

/** Chunks of a few words: one that names the document, and one of their own. */
export function chunksOf(document: number, count: number): NewChunk[] {
  return Array.from({ length: count }, (_, ordinal) => ({
    ordinal,
    heading: null,
    text: `word ${document} word${ordinal}`,
    tokens: 3,
    contentHash: `${document} ${ordinal}`,
  }));
}
