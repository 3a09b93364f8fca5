// What few ask for, made when the first of them does. It knows nothing of what that is.

/**
 * A function that makes it once. It rejects where that fails, of which `failed` is told once; the next call tries again.
 */
export function onDemand<Made>(make: () => Promise<Made>, failed?: (error: unknown) => void): () => Promise<Made> {
  let making: Promise<Made> | null = null;
  return () =>
    (making ??= make().catch((error: unknown) => {
      making = null;
      failed?.(error);
      throw error;
    }));
}
