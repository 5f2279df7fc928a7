/** `opposition-block`: whether past documents of persons who opposed are blocked [B-1]. */
import { BLOCK_MODES, createBlockDesk } from '../opposition/index.js';
import type { AdminCommand } from './command.js';
import { APPLY, changed, FLAG, NOTHING_CHANGED, parseWords } from './arguments.js';

const USAGE = `opposition-block                              show the state
opposition-block ${BLOCK_MODES.join('|')} [--apply]

  automatic   active once the bulk of a window has been notified
  on, off     set by the operator
${APPLY}`;

export const oppositionBlock: AdminCommand = {
  name: 'opposition-block',
  summary: 'show or set the block of past documents',
  usage: USAGE,
  prepare(args) {
    const { values, positionals } = parseWords(args, { apply: FLAG });
    const [wanted, ...rest] = positionals;
    const mode = BLOCK_MODES.find((known) => known === wanted);
    if (rest.length > 0 || (wanted !== undefined && mode === undefined)) {
      return `expected one word, ${BLOCK_MODES.join(', ')} in small letters, or none`;
    }
    return {
      action: mode,
      ...(mode !== undefined && { apply: values.apply }),
      async run(context) {
        const { consentDb, clock, entrance, blockWaitDays, out } = context;
        const db = await consentDb();
        const isRehearsal = mode !== undefined && !values.apply;
        const state =
          mode === undefined
            ? await createBlockDesk(db, clock, blockWaitDays).show(entrance.call, {})
            : await changed(db, values.apply, (tables) =>
                createBlockDesk(tables, clock, blockWaitDays).set(entrance.call, { mode }),
              );
        if (state.refusals.length > 0) {
          out('refused: no command may do this');
          return 1;
        }
        out(
          `block of past documents: ${isRehearsal ? 'would be ' : ''}${state.active ? 'active' : 'not active'} (${state.mode})`,
        );
        if (isRehearsal) out(NOTHING_CHANGED);
        return 0;
      },
    };
  },
};
