import type { Database } from '../../../src/postgres/connection/database.ts';
import { toCondition, type MetadataFilter } from '../../../src/postgres/search/metadata-filter.ts';
import { servers, startMigrated } from '../../support/postgres/servers.ts';

for (const { name, describeOn, start } of servers) {
  describeOn(`a filter on ${name} Postgres`, () => {
    let database: Database;
    let close: () => Promise<void>;

    beforeAll(async () => {
      ({ database, close } = await startMigrated(start));
    });

    afterAll(() => close());

    /** The plan of a statement with the filter, where the planner reads a whole table only if it cannot do otherwise. */
    function explain(filter: MetadataFilter): Promise<string> {
      return database.transaction(async (tx) => {
        await tx.query('SET LOCAL enable_seqscan = off');
        await tx.query('SET LOCAL enable_indexscan = off');
        const values: string[] = [];
        const condition = toCondition(filter, (value) => `$${values.push(value)}`);
        const rows = await tx.query<{ 'QUERY PLAN': string }>(
          `EXPLAIN SELECT FROM documents d WHERE ${condition}`,
          values,
        );
        return rows.map((row) => row['QUERY PLAN']).join('\n');
      });
    }

    it.each<MetadataFilter>([{ tags: 'a' }, { tags: 'a', year: 2_026, draft: false, by: null }])(
      'reads only the rows that the index finds, for a value and for a list with it: %j',
      async (filter) => {
        const plan = await explain(filter);
        expect(plan).not.toContain('Seq Scan');
        const scans = plan.match(/Bitmap Index Scan on documents_metadata/g) ?? [];
        expect(scans.length).toBeGreaterThanOrEqual(2);
      },
    );
  });
}
