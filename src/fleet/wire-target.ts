// Checks as they cross the bus: in the form of `POST /check`, so that a vantage reads them with the same contract as any
// request. What a target shares with its request is said once.
import type { Check, CheckOptions } from '../check/result.ts';

/** The options of a request, as a body has them. */
export function wireOptions({
  sourceAddress,
  sourceInterface,
  tls,
  ...options
}: CheckOptions): Record<string, unknown> {
  return {
    ...options,
    ...(sourceAddress !== null && { sourceAddress }),
    ...(sourceInterface !== null && { sourceInterface }),
    tls: tls === null ? false : { ...tls, servername: tls.servername ?? undefined, alpn: alpnOf(tls.alpn) },
  };
}

/** A target in JSON: text, or an object where it has options of its own. No option of a target takes one away. */
export function wireTarget({ target, options }: Check, shared: CheckOptions): string {
  const { host, port } = target;
  if (options !== shared) return JSON.stringify({ host, port, ...wireOptions(options) });
  // A trailing dot, which keeps the resolver from searching, is not in the text.
  return host.endsWith('.') ? JSON.stringify({ host, port }) : JSON.stringify(target.text);
}

/** A list is one or more: none is not said. */
function alpnOf(alpn: readonly string[]): readonly string[] | undefined {
  return alpn.length === 0 ? undefined : alpn;
}
