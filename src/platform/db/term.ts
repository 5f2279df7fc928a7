/**
 * Rows that the law keeps for a term [S-5]: a role with DELETE on their table can delete only expired rows, by the
 * database's own clock. The retention needs the right; a flaw in its process must not empty the table. The table's
 * owner can remove the trigger. Does not know any table.
 */
import { sqlMigration } from './sql-migration.js';

/**
 * Creates the function that the triggers of `keptForTerm` call.
 * @param name of the migration, before the first of them
 * @param roles that have DELETE on any such table
 */
export function termMigration(name: string, roles: readonly string[]): ReturnType<typeof sqlMigration> {
  return sqlMigration(
    name,
    `
    -- As firstDayKept (retention.ts): data of a day that the earlier month lacks expire with its last day.
    CREATE FUNCTION public.passerella_first_day_kept(months integer) RETURNS date
      LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
      SELECT past + (extract(day FROM past) <> extract(day FROM today))::integer
      FROM (SELECT today, (today - make_interval(months => months))::date AS past
            FROM (SELECT (now() AT TIME ZONE 'Europe/Rome')::date AS today) present) term
    $$;
    CREATE FUNCTION public.passerella_keep() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      RAISE EXCEPTION '% is kept for % months', TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'insufficient_privilege';
    END $$;
    REVOKE ALL ON FUNCTION public.passerella_first_day_kept, public.passerella_keep FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION public.passerella_first_day_kept TO ${roles.join(', ')};
    `,
  );
}

export interface Term {
  /** Schema and table. */
  readonly table: string;
  readonly months: number;
  /** SQL of the date or instant at which the term of row OLD starts, as in the table's retention rule. */
  readonly since: { readonly day: string } | { readonly instant: string };
}

/** SQL of the trigger that keeps a table's rows. */
export function keptForTerm({ table, months, since }: Term): string {
  const firstDay = `public.passerella_first_day_kept(${months})`;
  const isKept =
    'day' in since
      ? `${since.day} >= ${firstDay}`
      : `${since.instant} >= (${firstDay}::timestamp AT TIME ZONE 'Europe/Rome')`;
  return `CREATE TRIGGER keep_for_term BEFORE DELETE ON ${table} FOR EACH ROW WHEN (${isKept})
      EXECUTE FUNCTION public.passerella_keep('${months}');`;
}
