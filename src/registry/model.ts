/** Rules of the registry that hold whoever writes or reads it. Knows no file. */

/**
 * Longest surname or given name, in characters as XML counts them: the contract's (Nominativo, 3.4.1 and 3.4.4). A longer one
 * would make the whole list of a doctor invalid. The table demands it too (person_names_fit).
 */
export const NAME_CHARACTERS = 100;

/** Stands for the surname or the given name of who has only one of the two: lists have a place for both, never empty. */
export const NO_NAME = '-';

export function isNameTooLong(name: string): boolean {
  return name.length > NAME_CHARACTERS && Array.from(name).length > NAME_CHARACTERS;
}

/**
 * SQL of who has a doctor and so may stay on a list of school staff 2.5: not the deceased, the emigrated, those no
 * longer in care.
 * @param person alias of registry.person, or of rows with its columns
 */
export function hasDoctor(person: string): string {
  return `${person}.status = 'in_care' AND ${person}.doctor IS NOT NULL`;
}
