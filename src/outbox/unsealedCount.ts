/** Counting stops here, so that a long backlog costs no more than this. Bound as $1. */
export const unsealedCountMax = 1_000_000;

/** CTE `unsealed` with column `records`: how many events no batch owns yet, those in holes and those beyond the cursor. */
export function unsealedText(schema: string): string {
  return `
    boundary AS (
      SELECT sealed_below, sealed_above, greatest(sealed_below, upper(sealed_above)) AS past FROM ${schema}.seal_cursor
    ),
    unsealed AS (
      SELECT count(*) AS records
      FROM (
        SELECT
        FROM (
          SELECT in_hole.id
          FROM boundary
          CROSS JOIN LATERAL unnest(${schema}.seal_holes(sealed_below, sealed_above)) AS hole
          CROSS JOIN LATERAL (
            SELECT id FROM ${schema}.event WHERE id >= lower(hole) AND id < upper(hole) ORDER BY id LIMIT $1
          ) AS in_hole
          UNION ALL
          (SELECT id FROM ${schema}.event WHERE id >= (SELECT past FROM boundary) ORDER BY id LIMIT $1)
        ) AS found
        LIMIT $1
      ) AS counted
    )`;
}
