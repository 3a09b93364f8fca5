// Which vantages a request is for: what its `from` selects of those that are known. Pure.
import type { Cause } from '../check/outcome.ts';
import type { Selector } from '../contract/fleet-schemas.ts';
import { fleetCause } from './causes.ts';
import type { Known } from './roster.ts';

/**
 * Each vantage that any of `from` selects, once, in the order of their names. A name that nobody bears is among them, with
 * the cause: whoever names a vantage learns that it is not there.
 */
export function select(from: readonly Selector[], known: readonly Known[]): Known[] {
  const selected = new Map<string, Known>();
  for (const selector of from) {
    for (const vantage of known) if (isSelected(selector, vantage)) selected.set(vantage.name, vantage);
    if (typeof selector === 'string' && selector !== '*' && !selected.has(selector)) {
      selected.set(selector, unknown(selector));
    }
  }
  return [...selected.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Why nobody of a vantage is asked, or of any where `name` is null, as it is known before anybody is. */
export function whyNobody(selected: readonly Known[], name: string | null): Cause | null {
  const mute = selected.filter(({ cause }) => cause !== null);
  return mute.find((vantage) => name === null || vantage.name === name)?.cause ?? null;
}

function isSelected(selector: Selector, { name, labels }: Known): boolean {
  if (typeof selector === 'string') return selector === '*' || selector === name;
  return Object.entries(selector).every(([label, value]) => Object.hasOwn(labels, label) && labels[label] === value);
}

function unknown(name: string): Known {
  return { name, labels: {}, state: 'lost', instances: [], cause: fleetCause('unknown') };
}
