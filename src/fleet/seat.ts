// What a lane knows of one instance. Pure.
import type { Cause } from '../check/outcome.ts';
import type { Ask, Cell } from './chunk-queue.ts';

/** One instance, in this lane. */
export interface Seat {
  readonly key: string;
  readonly asks: Set<Ask<Cell>>;
  restsUntil: number;
  /** Why it is not asked any more. */
  out: Cause | null;
  /** It has said itself that it will not be asked this. */
  isRefusing: boolean;
}

/** What may have killed one instance has another to itself, so that nothing else is blamed for it. */
export function isAlone({ asks }: Seat): boolean {
  return [...asks].some(({ losses }) => losses > 0);
}

export function unsettled<C extends Cell>({ cells }: Ask<C>): C[] {
  return cells.filter(({ isSettled }) => !isSettled);
}
