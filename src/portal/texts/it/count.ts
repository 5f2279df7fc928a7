/** Numbers with their noun. */

const FORMS = new Intl.PluralRules('it');

/** `1 test`, `2 sessioni` */
export function count(number: number, one: string, other: string): string {
  return `${number} ${FORMS.select(number) === 'one' ? one : other}`;
}
