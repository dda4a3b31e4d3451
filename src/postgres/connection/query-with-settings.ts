import {
  Query,
  type Connection,
  type ClientBase,
  type QueryConfig,
  type QueryResult,
  type QueryResultRow,
} from 'pg';

/** The messages of the extended protocol, as the driver sends them. */
interface Wire {
  parse(message: { text: string }): void;
  bind(message: object): void;
  execute(message: object): void;
}

/** The parts of the driver's query that its types leave out. */
interface DriverQuery {
  submit(connection: Connection): void;
  prepare(connection: Wire): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Wire): void;
}

type Callback = (error: Error | null, result: QueryResult) => void;

const DriverQuery = Query as unknown as new (config: QueryConfig, callback: Callback) => DriverQuery;

/** A statement that is sent together with another one, which makes settings for its transaction. */
class QueryWithSettings extends DriverQuery {
  private areSettingsMade = false;

  constructor(
    private readonly settings: string,
    statement: QueryConfig,
    callback: Callback,
  ) {
    super(statement, callback);
  }

  override prepare(connection: Wire): void {
    connection.parse({ text: this.settings });
    connection.bind({});
    connection.execute({});
    super.prepare(connection);
  }

  override handleDataRow(message: unknown): void {
    if (this.areSettingsMade) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: Wire): void {
    if (this.areSettingsMade) super.handleCommandComplete(message, connection);
    this.areSettingsMade = true;
  }
}

/**
 * Runs a statement under settings, in one round trip. Until its end PostgreSQL takes both statements for one transaction,
 * which a pooler leaves on one server connection.
 * @param settings a statement of one row that makes settings until the end of the transaction
 * @throws the driver's error
 */
export function queryWithSettings<R extends QueryResultRow>(
  client: Pick<ClientBase, 'query'>,
  settings: string,
  statement: QueryConfig,
): Promise<QueryResult<R>> {
  return new Promise((resolve, reject) => {
    const query = new QueryWithSettings(settings, statement, (error, result) =>
      error ? reject(error) : resolve(result as QueryResult<R>),
    );
    client.query(query);
  });
}
