// What this process says to whoever started it: one line of what went wrong, or what was asked for; and the status behind it.
import { constants } from 'node:os';

/** Of a process that could not begin with what it was asked. */
export const BAD_CONFIG = 2;

export function giveUp(message: string, status = 1): never {
  complain(message);
  process.exit(status);
}

export function print(text: string): void {
  process.stdout.on('error', endUnwritten).write(text);
}

/** Resolves when what was printed has been handed on. */
export function printed(): Promise<void> {
  return new Promise((resolve) => process.stdout.write('', () => resolve()));
}

/**
 * Standard output takes no more. Where nobody reads it (`| head`) the process ends without a word, as one does that SIGPIPE
 * ends; a full disk is not what was asked about, and has the status that says so.
 */
export function endUnwritten({ code = '' }: NodeJS.ErrnoException): never {
  if (code === 'EPIPE') process.exit(128 + constants.signals.SIGPIPE);
  giveUp(`cannot write to standard output: ${code}`, BAD_CONFIG);
}

export function complain(message: string): void {
  process.stderr.write(`reachd: ${message}\n`);
}
