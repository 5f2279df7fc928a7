/** Rules of the registry for every reader and writer. Independent of files. */

/**
 * Longest surname or given name, in XML characters: the limit of the contract (Nominativo, 3.4.1 and 3.4.4). A longer
 * one would make a doctor's whole list invalid. The table has the same constraint (person_names_fit).
 */
export const NAME_CHARACTERS = 100;

/** Replaces a missing surname or given name: lists require both. */
export const NO_NAME = '-';

export function isNameTooLong(name: string): boolean {
  return name.length > NAME_CHARACTERS && Array.from(name).length > NAME_CHARACTERS;
}

/**
 * SQL: whether a person has a doctor and so may stay on a list of school staff 2.5. Excludes persons deceased,
 * emigrated or no longer in care.
 * @param person alias of registry.person, or of rows with its columns
 */
export function hasDoctor(person: string): string {
  return `${person}.status = 'in_care' AND ${person}.doctor IS NOT NULL`;
}
