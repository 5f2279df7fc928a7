/** Fields for secrets: shown empty each time, pasted into, shown on demand. */
import { TextField } from '../frame/fields.js';
import type { Problems } from '../frame/fields.js';
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
