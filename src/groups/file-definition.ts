// What CONFIG_FILE says: groups, and modules for probes. A value in, definitions out, or every field that is wrong, by its
// path in the file. It must not know that the value was YAML.
import * as z from 'zod';
import { mistakesOf } from '../contract/check-module.ts';
import type { Contract } from '../contract/contract.ts';
import { type FieldError, fieldErrors } from '../contract/field-errors.ts';
import type { ProbeModule } from '../contract/probe-question.ts';
import { takes } from '../contract/schema-words.ts';
import { type GroupDefinition, parseGroup } from './group-definition.ts';

export interface FileDefinition {
  /** By name, in the order of the file. */
  readonly groups: readonly GroupDefinition[];
  /** By name. */
  readonly modules: ReadonlyMap<string, ProbeModule>;
}

type Parsed = FileDefinition | { readonly errors: readonly FieldError[] };

const MOST = 1000;
const MODULE_NAME = 'a name of 1 to 63 letters, digits, dots, hyphens and underscores';

const moduleName = z.string({ error: takes(MODULE_NAME) }).regex(/^[\w.-]{1,63}$/, { error: takes(MODULE_NAME) });
const module = z.looseObject({ name: moduleName }, { error: takes('a module: "name" and options of a check') });
const many = (what: string) =>
  z
    .array(z.unknown(), { error: takes(what) })
    .max(MOST, { error: takes(what) })
    .default([]);
const file = z.strictObject(
  { groups: many(`a list of at most ${MOST} groups`), modules: many(`a list of at most ${MOST} modules`) },
  { error: takes('a mapping with "groups", "modules" or both') },
);

/** Never throws. */
export function parseFile(asked: unknown, contract: Contract): Parsed {
  // An empty file is a mistake, or it is about to be written. Whoever wants no groups says `groups: []`.
  const whole = file.safeParse(asked);
  if (!whole.success) return { errors: fieldErrors(whole.error.issues, 'file') };
  const errors: FieldError[] = [];
  const groups = namedOnce('groups', whole.data.groups, errors, (value) => {
    const group = parseGroup(value, contract);
    return 'errors' in group ? group : { name: group.name, parsed: group };
  });
  const modules = namedOnce('modules', whole.data.modules, errors, (value) => parseModule(value, contract));
  if (errors.length > 0) return { errors };
  return { groups: [...groups.values()], modules };
}

interface Named<Value> {
  readonly name: string;
  readonly parsed: Value;
}

/** The values of one list by their names. What is wrong with them goes to `errors`, under paths of the file. */
function namedOnce<Value>(
  field: string,
  values: readonly unknown[],
  errors: FieldError[],
  parse: (value: unknown) => Named<Value> | { readonly errors: readonly FieldError[] },
): Map<string, Value> {
  const found = new Map<string, Value>();
  for (const [i, value] of values.entries()) {
    const one = parse(value);
    const inside = `${field}[${i}]`;
    if ('errors' in one)
      for (const { path, message } of one.errors) errors.push({ path: joined(inside, path), message });
    else if (found.has(one.name)) {
      errors.push({ path: `${inside}.name`, message: `takes a name of its own: ${one.name} is there already` });
    } else found.set(one.name, one.parsed);
  }
  return found;
}

/** `body` is the contract's word for all of a question. */
function joined(inside: string, path: string): string {
  return path === '' || path === 'body' ? inside : `${inside}.${path}`;
}

function parseModule(
  value: unknown,
  contract: Contract,
): Named<ProbeModule> | { readonly errors: readonly FieldError[] } {
  const named = module.safeParse(value);
  if (!named.success) return { errors: fieldErrors(named.error.issues, '') };
  const { name, ...options } = named.data;
  const errors = mistakesOf(options, contract);
  // What a request may have is what a module is.
  return errors.length > 0 ? { errors } : { name, parsed: options };
}
