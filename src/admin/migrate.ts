/** `migrate`: migrates the tables to this release. Only listed here; the migration runs before any command does. */
import type { AdminCommand } from './command.js';

export const migrateCommand: AdminCommand = {
  name: 'migrate',
  summary: 'bring the database to this release',
  usage: 'migrate\n\nApplies the missing migrations. Safe while gateways of the previous release are running.',
  prepare(args) {
    if (args.length > 0) return 'the command takes no words and no options';
    return {
      async run({ migrate, out }) {
        await migrate();
        out('database up to date');
        return 0;
      },
    };
  },
};
