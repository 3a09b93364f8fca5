// Blocks of ALLOW_CIDRS that allow nothing which the rest of the policy does not allow anyway: for a warning at the start,
// since whoever lists them believes that they narrow something. Pure.
import { contains } from './range-table.ts';
import type { Layers } from './rules.ts';

/** The blocks, as they are written. */
export function findIdle({ allow, deny, preset }: Layers): readonly string[] {
  return allow.flatMap(([block]) => {
    // A block that overlaps with DENY_CIDRS goes before it, and so does something.
    if (deny.some(([denied]) => contains(denied, block) || contains(block, denied))) return [];
    const around = preset.filter(([outer]) => contains(outer, block));
    const narrowest = Math.max(...around.map(([{ prefixLength }]) => prefixLength));
    const isAllowed = around.some(([outer, { allowed }]) => allowed && outer.prefixLength === narrowest);
    const isWholly = !preset.some(([inner, { allowed }]) => !allowed && contains(block, inner));
    return isAllowed && isWholly ? [block.text] : [];
  });
}
