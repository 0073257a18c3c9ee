import { Command } from 'commander';
import { settingNames, settings, type Setting } from '../config/settings.js';
import { showValue } from '../config/options.js';
import { commandContext, type GlobalFlags } from './context.js';
import { printData, table } from './terminal.js';

interface ConfigFlags extends GlobalFlags {
  readonly json?: boolean;
}

export const configCommand = new Command('config')
  .description('show which options hold and where each came from; passwords are hidden')
  .option('--json', 'print them as JSON')
  .addHelpText(
    'after',
    `
Options come from the environment, else from .env, else from their defaults.

Examples:
  $ waybill config
  $ LOG_EVENTS_PARTITION_QUANTITY=10000 waybill config`,
  )
  .action((_flags: ConfigFlags, command: Command) => {
    const flags = command.optsWithGlobals<ConfigFlags>();
    const { options, origins } = commandContext(flags, []);
    const rows = settingNames.map((name) => {
      const setting: Setting<unknown> = settings[name];
      const value = options[name];
      const shown = value === undefined ? '' : showValue(setting, value).replace(/^"(.*)"$/, '$1');
      return {
        variable: setting.variable,
        value: shown,
        from: origins[name],
        description: setting.description,
      };
    });
    if (flags.json === true) {
      printData(JSON.stringify(rows, null, 2));
      return;
    }
    printData(
      table(
        rows.map((row) => [row.variable, row.value, row.from, row.description]),
        ['variable', 'value', 'from', 'what it is for'],
      ),
    );
  });
