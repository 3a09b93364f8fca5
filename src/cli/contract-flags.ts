// The options of the API as flags, made from the contract's own schemas: what is added there is a flag here. A time
// (`timeoutMs`) is `--timeout 2s`, and `--timeout-ms 2000` as the API calls it.
import { type Command, Option } from 'commander';
import * as z from 'zod';
import type { Contract } from '../contract/contract.ts';
import type { FieldError } from '../contract/field-errors.ts';
import { readTime } from './time.ts';
import { UsageError } from './usage-error.ts';

/** The options of a question as a query carries them: text, or a list of it. */
export type Query = Readonly<Record<string, string | readonly string[]>>;

/** As much of a JSON schema as a flag is made of. */
interface Shape {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Shape[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly description?: string;
}

export class ContractFlags {
  readonly #shapes: ReadonlyMap<string, Shape>;

  /** All of the contract's options but `without`. */
  constructor(contract: Contract, without: readonly string[]) {
    const { properties = {} } = z.toJSONSchema(contract.streamQuery, { unrepresentable: 'any' });
    const shapes = Object.entries(properties as Record<string, Shape>).filter(([key]) => !without.includes(key));
    this.#shapes = new Map(shapes);
  }

  addTo(command: Command): void {
    for (const [key, shape] of this.#shapes) {
      const option = new Option(`--${flagOf(key)} ${valueOf(key, shape)}`, describe(key, shape));
      command.addOption(isList(shape) ? option.argParser(collect) : option);
      if (isTime(key)) command.addOption(new Option(`--${kebab(key)} <ms>`).hideHelp());
    }
  }

  /** What was said, as a query. Throws UsageError for a time that is none. */
  read(command: Command): Query {
    const query: Record<string, string | readonly string[]> = {};
    for (const [key, shape] of this.#shapes) {
      const said: unknown = command.getOptionValue(camel(flagOf(key))) ?? command.getOptionValue(key);
      if (said === undefined) continue;
      // A flag that may stand alone is true.
      if (said === true) query[key] = 'true';
      else if (isTime(key) && typeof said === 'string') query[key] = String(readTime(`--${flagOf(key)}`, said));
      else if (isList(shape) && Array.isArray(said))
        query[key] = said.length === 1 ? String(said[0]) : said.map(String);
      else query[key] = said as string;
    }
    return query;
  }
}

/** The contract's words about an option, with the flag that says it. */
export function explainFlag({ path, message }: FieldError): string {
  const key = path.replace(/^query\.?/, '').replace(/[.[].*$/, '');
  return key === '' ? message : `--${flagOf(key)} ${message}${isTime(key) ? ' (milliseconds)' : ''}`;
}

function flagOf(key: string): string {
  return kebab(isTime(key) ? key.slice(0, -2) : key);
}

function isTime(key: string): boolean {
  return key.endsWith('Ms');
}

function kebab(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function camel(flag: string): string {
  return flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function alternatives({ anyOf, ...shape }: Shape): readonly Shape[] {
  return anyOf ?? [shape];
}

/** What the contract makes of texts, such as labels, has no shape that a schema could tell: any number of texts. */
function isList(shape: Shape): boolean {
  const isMade = shape.type === undefined && shape.anyOf === undefined;
  return isMade || alternatives(shape).some(({ type }) => type === 'array');
}

/** Whether the flag alone says something: the option may be true. */
function isSwitch(shape: Shape): boolean {
  return alternatives(shape).some(({ type, const: only }) => type === 'boolean' || only === true);
}

function valueOf(key: string, shape: Shape): string {
  if (isSwitch(shape)) return '[value]';
  if (isTime(key)) return '<time>';
  return shape.type === 'integer' ? '<n>' : `<${kebab(key).split('-').at(-1) ?? 'value'}>`;
}

/** What the API's document says, what may be said, and what holds where nothing is. */
function describe(key: string, { description = '', enum: values = [], default: fallback }: Shape): string {
  const text = description.replaceAll('`', '').replace(/^Milliseconds (that|from|in) /, 'time $1 ');
  // A description that begins with a value goes on with the others; of any other one the first sentence does.
  const about = text.startsWith(`${String(values[0])}:`) ? text : text.replace(/[.;:] .*$/s, '').replace(/\.$/, '');
  const choices = values.length === 0 || about === text ? '' : `: ${values.join(', ')}`;
  const unit = isTime(key) ? ' ms' : '';
  return `${about}${choices}${fallback === undefined ? '' : ` (${typeof fallback === 'string' ? fallback : JSON.stringify(fallback)}${unit})`}`;
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  // `--expect refused,timeout` is what people write; `--from zone=a,disk=ssd` is one selection, by two labels.
  return [...(before ?? []), ...(value.includes('=') ? [value] : value.split(','))];
}

/** The options of `query` for a contract, or a UsageError with every flag that is wrong. */
export function optionsUnder(contract: Contract, query: Query) {
  const parsed = contract.readStreamQuery(query);
  if ('errors' in parsed) throw new UsageError(parsed.errors.map(explainFlag).join('; '));
  return parsed;
}
