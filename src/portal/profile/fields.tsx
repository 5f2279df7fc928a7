/** Fields for secrets: always shown empty, paste is permitted, shown on request. */
import { TextField } from '../frame/fields.js';
import type { Problems } from '../frame/fields.js';
import type { Form } from '../frame/form.js';
import type { Catalogue } from '../texts/index.js';

interface SecretFieldProps {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly problems: Problems;
  readonly texts: Catalogue;
}

export function PasswordField({ isNew = false, ...field }: SecretFieldProps & { readonly isNew?: boolean }) {
  return (
    <TextField {...field} type="password" maxLength={256} autocomplete={isNew ? 'new-password' : 'current-password'} />
  );
}

export function PincodeField(field: SecretFieldProps) {
  return <TextField {...field} type="password" maxLength={64} inputMode="numeric" width="short" autocomplete="off" />;
}

type Secret = 'password' | 'pincode';

/** A new secret. With script it can be shown; without, it is entered twice. */
export function NewSecret({ secret, ...field }: { secret: Secret } & Pick<SecretFieldProps, 'problems' | 'texts'>) {
  const { secrets } = field.texts;
  const again = { ...field, name: repeatOf(secret), label: secrets.repeat[secret] };
  return secret === 'password' ? (
    <>
      <PasswordField {...field} name={secret} label={secrets.newPassword} hint={secrets.passwordHint} isNew />
      <noscript>
        <PasswordField {...again} isNew />
      </noscript>
    </>
  ) : (
    <>
      <PincodeField {...field} name={secret} label={secrets.newPincode} hint={secrets.pincodeHint} />
      <noscript>
        <PincodeField {...again} />
      </noscript>
    </>
  );
}

/** @returns the text of each secret that was typed twice and differently, by its field */
export function mistypedIn(form: Form, secrets: readonly Secret[], texts: Catalogue): Record<string, string> {
  const mistyped = secrets.filter(
    (secret) => form.has(repeatOf(secret)) && form.typed(secret) !== form.typed(repeatOf(secret)),
  );
  return Object.fromEntries(mistyped.map((secret) => [repeatOf(secret), texts.secrets.repeatWrong[secret]]));
}

const repeatOf = (secret: Secret): string => `${secret}-di-nuovo`;
