/** docs/configuration.md: every setting, for operators, in English. Generated from the configuration's schema. */
import { z } from 'zod';
import { REQUIRED_BY_GATEWAY, configSchema, environmentName } from '../../config/index.js';
import { markdownTable } from './table.js';

export function configurationPage(): string {
  return `<!-- Made by npm run docs: do not edit by hand. -->
# Configuration

Settings come from a JSON file and from the environment; the environment wins.

- **File**: \`passerella.json\` in the working directory if it is there, or the file that \`PASSERELLA_CONFIG\` names, which then
  must exist. One JSON object with the names of the table's first column.
- **Environment**: the names of the second column. Lists are comma-separated.
- **Secrets**: any name of the environment with \`_FILE\` appended names a file that holds the value, as container platforms mount
  them: \`DATABASE_URL_FILE=/run/secrets/database-url\`.

An unknown name, in the file or beginning with \`PASSERELLA_\` in the environment, is an error, and so is a value out of form. All
problems are reported at once; the exit code is 78. Files named by a setting are relative to the working directory and read at start;
those of TLS (\`tlsCertificate\`, \`tlsKey\`, anchors and revocation lists of cards and feeding systems) again whenever one of them changes.

${markdownTable(['setting', 'environment', 'form', 'default', 'meaning'], settingRows())}

Settings marked **required** are those without which \`gateway\` does not start, and so is \`cardRevocationList\` unless
\`cardRevocationCheck\` is false; \`sandbox\` makes its own.
`;
}

function settingRows(): string[][] {
  const forms = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }).properties ?? {};
  return Object.entries(configSchema.shape).map(([key, schema]) => {
    const form = forms[key];
    return [
      `\`${key}\``,
      `\`${environmentName(key)}\``,
      typeof form === 'object' ? formOf(form) : '',
      defaultOf(key, schema),
      schema.description ?? '',
    ];
  });
}

function defaultOf(key: string, schema: z.ZodType): string {
  const parsed = schema.safeParse(undefined);
  const value = parsed.success ? parsed.data : undefined;
  if (value !== undefined) return Array.isArray(value) && value.length === 0 ? 'none' : `\`${textOf(value)}\``;
  return REQUIRED_BY_GATEWAY.some((required) => required === key) ? '**required**' : '–';
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(', ') : String(value);
}

/** The JSON schema of a setting in words. */
function formOf(schema: z.core.JSONSchema.BaseSchema): string {
  if (schema.enum !== undefined) return schema.enum.map(String).join(', ');
  if (schema.anyOf !== undefined) return schema.anyOf.some(({ type }) => type === 'boolean') ? 'true, false' : 'list';
  if (schema.format === 'uri') return 'URL';
  if (schema.format === 'date') return 'YYYY-MM-DD';
  if (schema.type !== 'integer') return 'text';
  const { minimum, maximum } = schema;
  return maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
    ? `integer ≥ ${minimum ?? 0}`
    : `integer ${minimum ?? 0}-${maximum}`;
}
