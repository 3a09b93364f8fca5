// JSON lines on standard output, level by name, time as ISO 8601.
import { type DestinationStream, type Logger, pino } from 'pino';
import { timestamp } from '../clock.ts';
import { LogOutput } from './log-output.ts';

export function createLogger(level: string, destination: DestinationStream = new LogOutput(1)): Logger {
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
