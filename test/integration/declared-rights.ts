/** The rights resulting from GRANT and REVOKE statements, computed from their text: the reference for a database. */

const STATEMENT =
  /^(GRANT|REVOKE) (.+) ON (?:(SCHEMA|SEQUENCE|FUNCTION) )?([a-z_., ]+?)(?:\([^)]*\))? (?:TO|FROM) ([a-z_, A-Z]+)$/;
/** A privilege, with the columns it is limited to. */
const PRIVILEGE = /([A-Z]+)(?: \(([^)]*)\))?/g;

/**
 * @param grants statements of migrations, in their order and with single spaces
 * @returns lines such as `table auth.account: SELECT for passerella_gateway`, sorted
 * @throws Error on a statement of another form
 */
export function declaredRights(grants: readonly string[]): string[] {
  const held = new Set<string>();
  for (const grant of grants) {
    const [, verb, privileges = '', kind = 'TABLE', objects = '', roles = ''] = STATEMENT.exec(grant) ?? [];
    if (verb === undefined) throw new Error(`this grant is not understood: ${grant}`);
    for (const name of words(objects)) {
      for (const role of words(roles.replace('PUBLIC', 'everybody'))) {
        for (const [, privilege = '', columns] of privileges.matchAll(PRIVILEGE)) {
          const objectsHeld = columns
            ? words(columns).map((column) => `column ${name}.${column}`)
            : [`${kind.toLowerCase()} ${name}`];
          for (const object of objectsHeld) change(held, verb, object, privilege, role);
        }
      }
    }
  }
  return [...held].sort();
}

function change(held: Set<string>, verb: string, object: string, privilege: string, role: string): void {
  if (verb === 'GRANT') held.add(`${object}: ${privilege} for ${role}`);
  else if (privilege !== 'ALL') held.delete(`${object}: ${privilege} for ${role}`);
  else
    for (const right of held) if (right.startsWith(`${object}: `) && right.endsWith(` for ${role}`)) held.delete(right);
}

const words = (list: string): string[] => list.split(',').map((word) => word.trim());
