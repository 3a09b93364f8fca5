// What a setting is, and the kinds that several settings are of.
import * as z from 'zod';

export interface Setting<Value> {
  readonly env: string;
  readonly fallback: Value;
  /** From the text that the operator wrote; it never sees an empty environment variable, which counts as unset. */
  readonly schema: z.ZodType<Value, string>;
  /** What it takes, to follow "takes". */
  readonly takes: string;
  readonly about: string;
  /** `--print-config` redacts it. Its schema takes any text, so no error message quotes it either. */
  readonly secret?: true;
}

export function integer(env: string, fallback: number, min: number, max: number, about: string): Setting<number> {
  return { env, fallback, schema: digits(min, max), takes: `an integer from ${min} to ${max}`, about };
}

/** Only decimal digits: Number() would also read "", " 1", "0x10" and "1e3". */
export function digits(min: number, max: number) {
  return z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(min).max(max));
}

export function oneOf<const Values extends readonly [string, ...string[]]>(
  env: string,
  fallback: Values[number],
  values: Values,
  about: string,
): Setting<Values[number]> {
  const schema = z.string().pipe(z.literal<Values[number][]>([...values]));
  return { env, fallback, schema, takes: `one of ${values.join(', ')}`, about };
}

/** Comma-separated words, not validated: the room that uses them does that. */
export function list(env: string, about: string): Setting<readonly string[]> {
  const words = (text: string) =>
    text
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '');
  return { env, fallback: [], schema: z.string().transform(words), takes: 'a comma-separated list', about };
}

export function path(env: string, about: string): Setting<string> {
  return { env, fallback: '', schema: z.string().min(1), takes: 'the path of a file', about };
}
