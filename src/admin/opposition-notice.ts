/** `opposition-notice`: the privacy notice shown before a choice [O-2]. */
import { readFileSync } from 'node:fs';
import { createNoticeDesk } from '../opposition/index.js';
import type { NoticeRefusal } from '../opposition/index.js';
import { codeOf } from '../platform/error-code.js';
import { hiddenIn } from '../platform/plain-text.js';
import type { AdminCommand } from './command.js';
import { APPLY, changed, FLAG, NOTHING_CHANGED, parseWords, TEXT, wholeNumber } from './arguments.js';

const USAGE = `opposition-notice list
opposition-notice publish --version N --language it|de|en --file FILE [--apply]

No decision can be expressed before a notice is published. A decision stores version and language of the acknowledged
text. A published text never changes: publish the next version, whose texts are shown from then on.
  --version   1, 2, …: a new one, or the last one for a further language
  --file      the text, UTF-8
${APPLY}`;

const REFUSED: Readonly<Record<NoticeRefusal, string>> = {
  'not-permitted': 'no command may do this',
  'no-notice': 'no notice is published',
  'no-such-language': 'the last version has no text in this language',
  superseded: 'a later version is published: add a language to the last version, or publish a new one',
  'published-already': 'this version is already published in this language: a published text never changes',
};
const CHARACTERS = 100_000;

export const oppositionNotice: AdminCommand = {
  name: 'opposition-notice',
  summary: 'list or publish the privacy notice of the opposition',
  usage: USAGE,
  prepare(args) {
    const { values, positionals } = parseWords(args, {
      version: TEXT,
      language: TEXT,
      file: TEXT,
      apply: FLAG,
    });
    const [action, ...rest] = positionals;
    const { language, file, apply } = values;
    if (action === 'list' && rest.length === 0) {
      return {
        action,
        async run({ consentDb, clock, entrance, out }) {
          const { notices = [] } = await createNoticeDesk(await consentDb(), clock).list(entrance.call, {});
          for (const { version, language: of, publishedAt } of notices)
            out(`${version}  ${of}  published ${publishedAt.toISOString()}`);
          if (notices.length === 0) out('no notices');
          return 0;
        },
      };
    }
    if (action !== 'publish' || rest.length > 0) return 'the action must be one of list, publish';
    const version = wholeNumber(values.version, 1, 1_000_000);
    if (version === undefined) return '--version must be a whole number from 1';
    if (language === undefined || !/^[a-z]{2}$/.test(language)) return '--language must be two small letters, as it';
    if (file === undefined) return '--file is missing';
    return {
      ...{ action, apply },
      async run({ consentDb, clock, entrance, out }) {
        const text = textOf(file);
        if (text === undefined) {
          out(`refused: ${file} cannot be read, is empty, has more than ${CHARACTERS} characters, or invisible ones`);
          return 1;
        }
        const { refusals } = await changed(await consentDb(), apply, (tables) =>
          createNoticeDesk(tables, clock).publish(entrance.call, { version, language, text }),
        );
        const [refusal] = refusals;
        if (refusal !== undefined) {
          out(`refused: ${REFUSED[refusal]}`);
          return 1;
        }
        out(apply ? `notice ${version} (${language}) published` : `Would publish notice ${version} (${language}).`);
        if (!apply) out(NOTHING_CHANGED);
        return 0;
      },
    };
  },
};

/** @returns undefined: the file holds no valid text */
function textOf(file: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    const isPlain = text
      .split(/\r?\n/)
      .every((line) => hiddenIn(line) === '' && !/\p{Cc}/u.test(line.replaceAll('\t', '')));
    return text !== '' && text.length <= CHARACTERS && isPlain ? text : undefined;
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}
