/** `migrate`: migrates the tables to this release. Only listed here; the migration runs before any command does. */
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
