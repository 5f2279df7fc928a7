/**
 * Italian: plain administrative Italian ("linguaggio chiaro"), a file for each part of the site. Outcomes of operations
 * have their texts in the features.
 */
import { accesses } from './accesses.js';
import { profile, session, signIn } from './account.js';
import { asl } from './asl.js';
import { card } from './card.js';
import { counter } from './counter.js';
import { doctor } from './doctor.js';
import { errors, form, frame, roles } from './frame.js';
import { citizen, identity } from './identity.js';
import { freeArea, opposition, regions } from './opposition.js';
import { pdf } from './pdf.js';
import { several } from './several.js';
import { lately, links, secrets } from './secrets.js';
import { start } from './start.js';

export const it = {
  language: 'it' as string,
  frame,
  roles,
  form,
  errors,
  start,
  signIn,
  card,
  profile,
  session,
  identity,
  citizen,
  opposition,
  freeArea,
  counter,
  regions,
  links,
  secrets,
  lately,
  accesses,
  doctor,
  several,
  pdf,
  asl,
};
