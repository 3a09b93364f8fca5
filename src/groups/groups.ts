// All groups of this process, by name. A file that is read again gives new definitions: a group that stays as it is does
// not notice, one that is asked otherwise keeps its verdict, and one that comes back after it was gone begins anew.
import { isDeepStrictEqual } from 'node:util';
import { Group, type GroupParts } from './group.ts';
import type { GroupDefinition } from './group-definition.ts';
import type { GroupReport, GroupSnapshot, GroupsView, Phase, Readiness } from './group-view.ts';
import { OWN_TIMING, type Timing } from './timing.ts';

export class Groups implements GroupsView {
  readonly #timing: Timing;
  /** Null until rounds may begin, and after their end. */
  #parts: GroupParts | null = null;
  #definitions: readonly GroupDefinition[] = [];
  #groups = new Map<string, { definition: GroupDefinition; group: Group }>();

  constructor(timing: Timing = OWN_TIMING) {
    this.#timing = timing;
  }

  /** These are the groups from now on, in this order. */
  define(definitions: readonly GroupDefinition[]): void {
    this.#definitions = definitions;
    if (this.#parts !== null) this.#follow(this.#parts);
  }

  /** Rounds begin, and `ask` asks them. */
  begin({ ask, listener }: Pick<GroupParts, 'ask' | 'listener'>): void {
    this.#parts = { ask, listener, timing: this.#timing };
    this.#follow(this.#parts);
  }

  /** Ends all rounds. What is known of the groups stays to be read. */
  stop(): void {
    this.#parts = null;
    for (const { group } of this.#groups.values()) group.stop();
  }

  readiness(name: string, phase: Phase): Readiness | null {
    return this.#groups.get(name)?.group.record.readiness(phase, this.#timing.now()) ?? null;
  }

  report(): readonly GroupReport[] {
    const now = this.#timing.now();
    return [...this.#groups.values()].map(({ group }) => group.record.report(now));
  }

  snapshot(): readonly GroupSnapshot[] {
    return [...this.#groups.values()].map(({ group }) => group.record.snapshot());
  }

  #follow(parts: GroupParts): void {
    const before = this.#groups;
    this.#groups = new Map();
    for (const definition of this.#definitions) {
      const { name } = definition;
      const known = before.get(name);
      before.delete(name);
      const group = known?.group ?? new Group(definition, parts);
      if (known !== undefined && !isDeepStrictEqual(known.definition, definition)) group.redefine(definition);
      this.#groups.set(name, { definition, group });
    }
    for (const { group } of before.values()) group.stop();
  }
}
