/** Why a test of several cannot be communicated, in its line of a table. */
import type { Campaign, RefusalCode } from '../../../screening/index.js';
import type { Catalogue } from '../../texts/index.js';
import { reasonOf, shownOf } from '../refusals.js';

interface ReasonsProps {
  readonly texts: Catalogue;
  readonly campaign: Campaign;
  readonly refusals: readonly RefusalCode[];
}

export function Reasons({ texts, campaign, refusals }: ReasonsProps) {
  return (
    <ul class="mb-0">
      {shownOf(refusals).map((refusal) => (
        <li>{reasonOf(refusal, { texts, campaign })}</li>
      ))}
    </ul>
  );
}
