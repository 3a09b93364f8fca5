// `reachd serve`: the service's settings as flags, all of them from their one table.
import { type Command, Option } from 'commander';
import type { Setting } from '../config/setting-kinds.ts';
import { flagOf, SETTINGS } from '../config/settings.ts';
import { VERSION } from '../process/version.ts';

const EXAMPLES = `
Every setting is a flag and an environment variable; the flag wins, and an empty variable counts as unset.

Examples:
  reachd --port 9000
  HOST=0.0.0.0 API_TOKENS_FILE=/etc/reachd/tokens reachd serve
  reachd --print-config`;

export function define(command: Command): void {
  for (const setting of Object.values<Setting<unknown>>(SETTINGS)) command.addOption(optionOf(setting));
  command
    .option('--print-config', 'print the effective configuration as JSON, and what in it does nothing')
    .version(VERSION, '-V, --version', 'print the version')
    .usage('[options]')
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .action(async () => {
      const { serve } = await import('../main.ts');
      const flags = new Map<string, string>();
      for (const option of command.options) {
        const value: unknown = command.getOptionValue(option.attributeName());
        if (typeof value === 'string') flags.set(option.long?.slice(2) ?? '', value);
      }
      await serve({ flags, isPrintConfig: command.getOptionValue('printConfig') === true });
    });
}

function optionOf(setting: Setting<unknown>): Option {
  const fallback = Array.isArray(setting.fallback) ? setting.fallback.join(',') : String(setting.fallback);
  const about = `${setting.about} (${setting.env}: ${setting.takes}; ${fallback === '' ? 'empty' : fallback})`;
  return new Option(`--${flagOf(setting)} <value>`, about);
}
