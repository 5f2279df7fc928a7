/** Parts of forms: label, hint, error and field are always linked, so that screen readers announce them together. */
import type { ComponentChildren } from 'preact';
import type { Catalogue } from '../texts/index.js';

/** What is wrong with a form: a text for each field, and texts about the whole form. */
export interface Problems {
  readonly fields: Readonly<Record<string, string>>;
  readonly general: readonly string[];
}
export const NO_PROBLEMS: Problems = { fields: {}, general: [] };

export function hasProblems({ fields, general }: Problems): boolean {
  return general.length > 0 || Object.keys(fields).length > 0;
}

/** Above the form: each problem, with a link to its field. The browser moves the focus here. */
export function ErrorSummary({ problems, texts }: { problems: Problems; texts: Catalogue }) {
  if (!hasProblems(problems)) return null;
  return (
    <div class="alert alert-danger" id="errori" tabIndex={-1} autofocus>
      <div role="alert">
        <h2 class="h5 alert-heading">{texts.form.problemHeading}</h2>
        <ul class="mb-0">
          {problems.general.map((text) => (
            <li>{text}</li>
          ))}
          {Object.entries(problems.fields).map(([name, text]) => (
            <li>
              <a href={`#${name}`}>{text}</a>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly problems: Problems;
  readonly texts: Catalogue;
}

interface RemarksProps extends Pick<FieldProps, 'name' | 'texts'> {
  readonly hint: string | undefined;
  readonly problem: string | undefined;
}

/** Hint and error, above what is typed. */
export function Remarks({ name, hint, problem, texts }: RemarksProps) {
  return (
    <>
      {hint === undefined ? null : (
        <p class="suggerimento" id={`${name}-suggerimento`}>
          {hint}
        </p>
      )}
      {problem === undefined ? null : (
        <p class="errore" id={`${name}-errore`}>
          <span class="visually-hidden">{texts.form.errorPrefix} </span>
          {problem}
        </p>
      )}
    </>
  );
}

/** Label, hint and error around a field; `describedBy` of the field refers to hint and error. */
function Field({
  name,
  label,
  hint,
  problems,
  texts,
  children,
}: FieldProps & { readonly children: ComponentChildren }) {
  const problem = problems.fields[name];
  return (
    <div class={problem === undefined ? 'campo' : 'campo campo-errato'}>
      <label for={name}>{label}</label>
      <Remarks {...{ name, hint, problem, texts }} />
      {children}
    </div>
  );
}

function describedBy({ name, hint, problems }: FieldProps): string | undefined {
  const ids = [
    ...(hint === undefined ? [] : [`${name}-suggerimento`]),
    ...(problems.fields[name] === undefined ? [] : [`${name}-errore`]),
  ];
  return ids.length === 0 ? undefined : ids.join(' ');
}

export interface TextFieldProps extends FieldProps {
  readonly type?: 'text' | 'password';
  /** Absent: the field is shown empty, as for secrets. */
  readonly value?: string;
  readonly autocomplete: string;
  readonly inputMode?: 'numeric' | 'text';
  readonly maxLength: number;
  /** Usual length of the input: the field's width. */
  readonly width?: 'short' | 'medium' | 'long';
}

export function TextField(props: TextFieldProps) {
  const { name, type = 'text', value, autocomplete, inputMode, maxLength, width = 'medium', problems, texts } = props;
  const common = {
    ...{ id: name, name, value, autocomplete, maxLength, inputMode },
    class: `form-control larghezza-${width}`,
    autocapitalize: 'none',
    spellcheck: false,
    'aria-describedby': describedBy(props),
    'aria-invalid': problems.fields[name] === undefined ? undefined : true,
  } as const;
  return (
    <Field {...props}>
      {type === 'password' ? (
        <input {...common} type="password" data-mostra={texts.secrets.show} data-nascondi={texts.secrets.hide} />
      ) : (
        <input {...common} type="text" />
      )}
    </Field>
  );
}

/** Several lines of text. */
export function LinesField(props: FieldProps & { readonly value: string; readonly rows: number; maxLength: number }) {
  const { name, value, rows, maxLength, problems } = props;
  return (
    <Field {...props}>
      <textarea
        {...{ id: name, name, rows, maxLength }}
        class="form-control larghezza-medium"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        aria-describedby={describedBy(props)}
        aria-invalid={problems.fields[name] === undefined ? undefined : true}
      >
        {value}
      </textarea>
    </Field>
  );
}

export interface DayFieldProps extends FieldProps {
  /** As entered. */
  readonly value: { readonly day: string; readonly month: string; readonly year: string };
}

/** A day that people know by heart is entered in three fields, without a calendar. */
export function DayField(props: DayFieldProps) {
  const { name, label, hint, problems, texts, value } = props;
  const problem = problems.fields[name];
  const parts = [
    { part: 'giorno', text: texts.form.day, typed: value.day, length: 2 },
    { part: 'mese', text: texts.form.month, typed: value.month, length: 12 },
    { part: 'anno', text: texts.form.year, typed: value.year, length: 4 },
  ] as const;
  return (
    <fieldset class={problem === undefined ? 'campo' : 'campo campo-errato'} aria-describedby={describedBy(props)}>
      <legend>{label}</legend>
      <Remarks {...{ name, hint, problem, texts }} />
      <div class="data-in-parti">
        {parts.map(({ part, text, typed, length }, index) => (
          <div>
            <label for={index === 0 ? name : `${name}-${part}`}>{text}</label>
            <input
              id={index === 0 ? name : `${name}-${part}`}
              name={`${name}-${part}`}
              type="text"
              inputMode="numeric"
              autocomplete="off"
              maxLength={length}
              class={part === 'anno' ? 'form-control larghezza-anno' : 'form-control larghezza-giorno'}
              value={typed}
              aria-invalid={problem === undefined ? undefined : true}
            />
          </div>
        ))}
      </div>
    </fieldset>
  );
}

export function SubmitButton({ text }: { readonly text: string }) {
  return (
    <button type="submit" class="btn btn-primary">
      {text}
    </button>
  );
}
