/** `opposition-block`: whether past documents of opposed persons are refused [B-1]. */
import { parseArgs } from 'node:util';
import { BLOCK_MODES, createBlockDesk } from '../opposition/index.js';
import type { AdminCommand } from './command.js';
import { APPLY, NOTHING_CHANGED, changed } from './arguments.js';

const USAGE = `opposition-block                              how it stands
opposition-block ${BLOCK_MODES.join('|')} [--apply]

  automatic   active once the bulk of a window has been notified
  on, off     as the operator says
${APPLY}`;

export const oppositionBlock: AdminCommand = {
  name: 'opposition-block',
  summary: 'show or set the block of past documents',
  usage: USAGE,
  prepare(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { apply: { type: 'boolean', default: false } },
    });
    const [wanted, ...rest] = positionals;
    const mode = BLOCK_MODES.find((known) => known === wanted);
    if (rest.length > 0 || (wanted !== undefined && mode === undefined)) {
      return `one word is expected, ${BLOCK_MODES.join(', ')} in small letters, or none`;
    }
    return {
      action: mode,
      ...(mode !== undefined && { apply: values.apply }),
      async run(context) {
        const { consentDb, clock, entrance, out } = context;
        const state = await changed(await consentDb(), values.apply, async (tables) => {
          const desk = createBlockDesk(tables, clock);
          if (mode !== undefined) await desk.set(entrance.call, { mode });
          return desk.state();
        });
        const would = mode !== undefined && !values.apply ? 'would be ' : '';
        out(`block of past documents: ${would}${state.active ? 'active' : 'not active'} (${state.mode})`);
        if (would !== '') out(NOTHING_CHANGED);
        return 0;
      },
    };
  },
};
