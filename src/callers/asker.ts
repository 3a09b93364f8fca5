// Who asks, whichever door the question came through: an HTTP request, the command line, a group's schedule. Limits,
// turns and the audit know an asker; none of them knows how it came. This file imports nothing, so that every room may
// name it.

export interface Asker {
  /** Whose token it was; null where nobody is asked for one. */
  readonly principal: string | null;
  /** Where the question came from: an IP address, or the name of a door of this process. */
  readonly from: string;
  /** Names this one request in the log. */
  readonly id: string;
}

/** The caller that limits and turns are counted by: the token's name, without tokens where the question came from. */
export function callerOf({ principal, from }: Asker): string {
  return principal ?? from;
}
