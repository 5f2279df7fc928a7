/** Our drawing of the back of the health card, with the places of number and expiry, and a text alternative. */
import type { Catalogue } from '../../texts/index.js';

const LINE = '#5d7083';
const MARK = '#0066cc';

export function CardPicture({ texts: { freeArea } }: { readonly texts: Catalogue }) {
  const { card } = freeArea;
  return (
    <figure class="disegno-tessera">
      <svg viewBox="0 0 340 214" role="img" aria-labelledby="disegno-titolo disegno-testo" focusable="false">
        <title id="disegno-titolo">{card.picture}</title>
        <desc id="disegno-testo">{card.pictureText}</desc>
        <rect x="1" y="1" width="338" height="212" rx="12" fill="#eef4fb" stroke={LINE} />
        <rect x="1" y="18" width="338" height="30" fill="#17324d" />
        {[66, 84, 102].map((y) => (
          <rect x="20" y={y} width={y === 102 ? 90 : 150} height="9" fill="#c5d3e0" />
        ))}
        <rect x="16" y="146" width="196" height="40" rx="4" fill="#fff" stroke={MARK} stroke-width="3" />
        <text x="24" y="173" font-size="15" fill="#17324d">
          80380 00120 00001 23456
        </text>
        <text x="16" y="138" font-size="13" fill={MARK}>
          {card.pictureNumber}
        </text>
        <rect x="228" y="146" width="96" height="40" rx="4" fill="#fff" stroke={MARK} stroke-width="3" />
        <text x="236" y="173" font-size="15" fill="#17324d">
          31/12/2028
        </text>
        <text x="228" y="138" font-size="13" fill={MARK}>
          {card.pictureExpiry}
        </text>
      </svg>
      <figcaption>{card.where}</figcaption>
    </figure>
  );
}
