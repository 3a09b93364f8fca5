// JSON lines on standard output, level by name, time as ISO 8601. Written synchronously, so that the last line before
// an exit is never lost.
import { type DestinationStream, type Logger, pino } from 'pino';

export function createLogger(
  level: string,
  destination: DestinationStream = pino.destination({ dest: 1, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}
