/** Views of the free area before the entrance. */
import type { PublicTerms } from '../../../opposition/index.js';
import { DayField, ErrorSummary, Remarks, SubmitButton, TextField } from '../../frame/fields.js';
import type { Problems } from '../../frame/fields.js';
import type { Catalogue } from '../../texts/index.js';
import { FREE_AREA_HOME, SERVICE_PAGE } from '../paths.js';
import { whenOf } from '../service-page.js';
import { CardPicture } from './card-picture.js';
import type { TypedClaim } from './form.js';

interface HomeProps {
  readonly texts: Catalogue;
  readonly terms: PublicTerms;
  readonly isInside: boolean;
}

export function FreeAreaView({ texts: { opposition, freeArea }, terms, isInside }: HomeProps) {
  return (
    <div class="colonna">
      <h1>{freeArea.title}</h1>
      <p class="lead">{freeArea.lead}</p>
      <p>{whenOf(terms, opposition.service)}</p>
      {isInside ? (
        <>
          <p>{freeArea.inside}</p>
          <p>
            <a class="btn btn-primary" href={`${FREE_AREA_HOME}/informativa`}>
              {freeArea.goOn}
            </a>
          </p>
        </>
      ) : (
        <div class="azioni">
          <a class="btn btn-primary" href={`${FREE_AREA_HOME}/tessera`}>
            {freeArea.withCard}
          </a>
          <a class="btn btn-primary" href={`${FREE_AREA_HOME}/stp`}>
            {freeArea.withStp}
          </a>
        </div>
      )}
      <p>{freeArea.privacy}</p>
      <p>
        <a href={SERVICE_PAGE}>{opposition.toService}</a>
      </p>
    </div>
  );
}

interface EntryProps {
  readonly texts: Catalogue;
  readonly typed: TypedClaim;
  readonly problems: Problems;
}

export function CardEntryView({ texts, typed, problems }: EntryProps) {
  const { card, enter } = texts.freeArea;
  return (
    <div class="colonna">
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{card.title}</h1>
      <CardPicture texts={texts} />
      <form method="post" action={`${FREE_AREA_HOME}/tessera`} autocomplete="off" novalidate>
        <TextField
          {...{ name: 'codice', label: card.subject, hint: card.subjectHint, value: typed.subject }}
          {...{ problems, texts, maxLength: 40, autocomplete: 'off' }}
        />
        <TextField
          {...{ name: 'numero', label: card.number, hint: card.numberHint, value: typed.second }}
          {...{ problems, texts, maxLength: 40, autocomplete: 'off', inputMode: 'numeric' }}
        />
        <DayField
          {...{ name: 'data', label: card.expiry, hint: card.expiryHint, value: typed.day }}
          {...{ problems, texts }}
        />
        <SubmitButton text={enter} />
      </form>
    </div>
  );
}

export function StpEntryView({ texts, typed, problems }: EntryProps) {
  const { freeArea, regions } = texts;
  const { stp, enter } = freeArea;
  const problem = problems.fields['regione'];
  return (
    <div class="colonna">
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{stp.title}</h1>
      <form method="post" action={`${FREE_AREA_HOME}/stp`} autocomplete="off" novalidate>
        <TextField
          {...{ name: 'codice', label: stp.subject, hint: stp.subjectHint, value: typed.subject }}
          {...{ problems, texts, maxLength: 40, autocomplete: 'off' }}
        />
        <div class={problem === undefined ? 'campo' : 'campo campo-errato'}>
          <label for="regione">{stp.region}</label>
          <Remarks {...{ name: 'regione', hint: undefined, problem, texts }} />
          <select
            id="regione"
            name="regione"
            class="form-select larghezza-medium"
            autocomplete="off"
            aria-describedby={problem === undefined ? undefined : 'regione-errore'}
            aria-invalid={problem === undefined ? undefined : true}
          >
            <option value="">{stp.regionChoose}</option>
            {Object.entries(regions)
              .toSorted(([, one], [, other]) => one.localeCompare(other, 'it'))
              .map(([code, name]) => (
                <option value={code} selected={code === typed.second}>
                  {name}
                </option>
              ))}
          </select>
        </div>
        <DayField
          {...{ name: 'data', label: stp.issuedOn, hint: stp.issuedOnHint, value: typed.day }}
          {...{ problems, texts }}
        />
        <SubmitButton text={enter} />
      </form>
    </div>
  );
}
