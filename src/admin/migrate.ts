/** `migrate`: brings the tables to this release. Named here for the list; the work is done before any command runs as owner. */
import type { AdminCommand } from './command.js';

export const migrateCommand: AdminCommand = {
  name: 'migrate',
  summary: 'bring the database to this release',
  usage: 'migrate\n\nApplies the migrations the database has not seen. Safe while gateways of the former release run.',
  prepare(args) {
    if (args.length > 0) return 'it takes no words and no options';
    return {
      async run({ migrate, out }) {
        await migrate();
        out('database up to date');
        return 0;
      },
    };
  },
};
