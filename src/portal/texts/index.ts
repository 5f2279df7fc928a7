/** The portal's texts. `it` is the type of every language: a language with a missing text does not compile. */
import { it } from './it/index.js';

export { it };
export type Catalogue = typeof it;
