// The log on standard output: JSON lines, level by name, time as ISO 8601. Where a person reads along, on a terminal, the
// same lines laid out for people.
import { isatty } from 'node:tty';
import { type DestinationStream, type Logger, pino } from 'pino';
import { timestamp } from '../clock.ts';
import { LogOutput } from './log-output.ts';

const STDOUT = 1;

export function createLogger(level: string, destination: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${timestamp()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}

/** Standard output, laid out for people where it is a terminal. */
export async function logDestination(): Promise<DestinationStream> {
  const output = new LogOutput(STDOUT);
  if (!isatty(STDOUT)) return output;
  const { default: pretty } = await import('pino-pretty');
  const layOut = pretty.prettyFactory({
    colorize: (process.env['NO_COLOR'] ?? '') === '',
    translateTime: 'SYS:HH:MM:ss.l',
    // What a terminal is told in lines of its own would drown the message.
    singleLine: true,
  });
  return { write: (line) => output.write(layOut(line)) };
}
