// What few ask for, made when the first of them does.
import type { FastifyBaseLogger } from 'fastify';

/**
 * A function that makes `what` once. It rejects where that cannot be made, which the log is told, for its routes have no line
 * there; the next call tries again.
 */
export function onDemand<Made>(
  what: string,
  logger: FastifyBaseLogger,
  make: () => Promise<Made>,
): () => Promise<Made> {
  let making: Promise<Made> | null = null;
  return () =>
    (making ??= make().catch((error: unknown) => {
      making = null;
      logger.error({ err: error }, `${what} cannot be made`);
      throw error;
    }));
}
