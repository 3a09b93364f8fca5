// Who is here, as far as is known: vantages by name, each with its instances. It is given a clock, and asks nobody.
import type { Cause } from '../check/outcome.ts';
import { fleetCause } from './causes.ts';
import type { Labels, VantageReport } from './fleet-view.ts';
import type { Card } from './messages.ts';
import type { Party } from './subjects.ts';

/** Whoever is lost is still selected so long, for an answer that leaves it out would be no answer about it. */
const REMEMBERED_MS = 600_000;
/** So long its loss is the answer; afterwards it is asked again. */
const LOST_MS = 10_000;
/** Of one vantage: whoever has its key may call itself by any number of instances. */
export const MAX_INSTANCES = 1000;

interface Instance {
  readonly party: Party;
  card: Card;
  seenAt: number;
  lost: { readonly cause: Cause; readonly at: number } | null;
}

/** A vantage as a request selects it. */
export interface Known {
  readonly name: string;
  readonly labels: Labels;
  readonly state: VantageReport['state'];
  /** Those who are asked, by their ids; none where there is a `cause`. */
  readonly instances: readonly string[];
  /** Why nobody is asked. */
  readonly cause: Cause | null;
}

export class Roster {
  readonly #now: () => number;
  readonly #vantages = new Map<string, Map<string, Instance>>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** It has shown itself. Tells whether it was not here before; one more than MAX_INSTANCES is not known. */
  saw(party: Party, card: Card): boolean {
    const instances = this.#vantages.get(party.vantage) ?? new Map<string, Instance>();
    this.#vantages.set(party.vantage, instances);
    const known = instances.get(party.instance);
    const seenAt = this.#now();
    if (known === undefined) {
      if (instances.size >= MAX_INSTANCES) return false;
      instances.set(party.instance, { party, card, seenAt, lost: null });
      return true;
    }
    const isBack = known.lost !== null;
    Object.assign(known, { card, seenAt, lost: null });
    return isBack;
  }

  /** It has said something else. */
  heard({ vantage, instance }: Party): void {
    const known = this.#vantages.get(vantage)?.get(instance);
    if (known !== undefined) Object.assign(known, { seenAt: this.#now(), lost: null });
  }

  lost({ vantage, instance }: Party, cause: Cause): void {
    const known = this.#vantages.get(vantage)?.get(instance);
    if (known !== undefined) known.lost = { cause, at: this.#now() };
  }

  /** Whoever was not seen since then is lost. */
  missed(since: number): void {
    for (const { party, seenAt, lost } of this.#all()) {
      if (lost === null && seenAt < since) this.lost(party, fleetCause('silent'));
    }
  }

  /** Those that are remembered, in the order of their names. */
  known(): Known[] {
    this.#forget();
    const names = [...this.#vantages.keys()].sort();
    return names.map((name) => knownOf(name, [...(this.#vantages.get(name)?.values() ?? [])], this.#now()));
  }

  report(): VantageReport[] {
    return this.known().map(({ name, labels, state }) => {
      const all = [...(this.#vantages.get(name)?.values() ?? [])];
      const shown = state === 'lost' ? all : all.filter(({ lost }) => lost === null);
      const instances = shown.map(({ party, card }) => ({ id: party.instance, version: card.version }));
      return { name, labels, state, instances: instances.sort((a, b) => (a.id < b.id ? -1 : 1)) };
    });
  }

  #all(): Instance[] {
    return [...this.#vantages.values()].flatMap((instances) => [...instances.values()]);
  }

  #forget(): void {
    const before = this.#now() - REMEMBERED_MS;
    for (const { party, lost } of this.#all()) {
      if (lost === null || lost.at > before) continue;
      const instances = this.#vantages.get(party.vantage);
      instances?.delete(party.instance);
      if (instances?.size === 0) this.#vantages.delete(party.vantage);
    }
  }
}

function knownOf(name: string, all: readonly Instance[], now: number): Known {
  const here = all.filter(({ lost }) => lost === null);
  const shown = here.length > 0 ? here : all;
  const labels = shown[0]?.card.labels ?? {};
  const idsOf = (some: readonly Instance[]): string[] => some.map(({ party }) => party.instance).sort();
  const none = { name, labels, instances: [] };
  if (here.some(({ card }) => !isSame(card.labels, labels))) {
    return { ...none, state: 'ambiguous', cause: fleetCause('ambiguous') };
  }
  if (here.length === 0) {
    const last = all.reduce<Instance['lost']>((a, { lost }) => (a === null || (lost?.at ?? 0) > a.at ? lost : a), null);
    if (last !== null && now - last.at < LOST_MS) return { ...none, state: 'lost', cause: last.cause };
    return { name, labels, state: 'lost', instances: idsOf(all), cause: null };
  }
  const staying = here.filter(({ card }) => !card.draining);
  const isDraining = staying.length === 0;
  const instances = idsOf(isDraining ? here : staying);
  return { name, labels, state: isDraining ? 'draining' : 'here', instances, cause: null };
}

function isSame(a: Labels, b: Labels): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
