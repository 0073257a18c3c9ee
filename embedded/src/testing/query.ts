import pg from 'pg';

/** Asks one query of a Postgres and returns its rows. */
export async function queryPostgres(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows;
  } finally {
    await client.end();
  }
}

export interface ClickHouseAnswer {
  readonly text: string;
  /** The parsed X-ClickHouse-Summary header. */
  readonly summary: Record<string, string>;
}

/** Asks one query of a ClickHouse; `parameters` go into its address. */
export async function queryClickHouse(
  url: string,
  sql: string,
  parameters: Record<string, string> = {},
): Promise<ClickHouseAnswer> {
  const response = await fetch(`${url}/?${new URLSearchParams(parameters).toString()}`, {
    method: 'POST',
    body: sql,
  });
  const text = (await response.text()).trim();
  if (!response.ok) throw new Error(text);
  const summary = JSON.parse(response.headers.get('X-ClickHouse-Summary') ?? '{}') as Record<string, string>;
  return { text, summary };
}
