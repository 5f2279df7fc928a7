/** Rules of the registry that hold whoever writes or reads it: names of persons. Knows no file and no table. */

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
