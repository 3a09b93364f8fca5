// Who wants to know that a caller has left. Thousands of checks share one AbortSignal, and EventTarget compares each new
// listener with all before it and warns beyond ten: so a signal gets one listener, however many ask.

const leavers = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `leave` once `signal` has aborted, never before this returns. The returned function ends the interest. */
export function onAbort(signal: AbortSignal, leave: () => void): () => void {
  if (signal.aborted) {
    let wanted = true;
    queueMicrotask(() => wanted && leave());
    return () => void (wanted = false);
  }
  const all = leavers.get(signal) ?? listenTo(signal);
  all.add(leave);
  return () => void all.delete(leave);
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>();
  leavers.set(signal, all);
  const tellAll = (): void => {
    for (const leave of all) leave();
  };
  signal.addEventListener('abort', tellAll, { once: true });
  return all;
}
