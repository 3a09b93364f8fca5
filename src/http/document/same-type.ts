// Claims about types that the compiler checks: two types are the same once they have been through JSON. Nothing here is
// left at run time, and it must not know which types it compares.

/** A type as JSON carries it: a field that may be undefined is one that may be missing. */
type AsJson<T> = T extends readonly (infer Item)[]
  ? readonly AsJson<Item>[]
  : T extends object
    ? Flat<
        { readonly [Key in keyof T as undefined extends T[Key] ? never : Key]: AsJson<T[Key]> } & {
          readonly [Key in keyof T as undefined extends T[Key] ? Key : never]?: AsJson<Exclude<T[Key], undefined>>;
        }
      >
    : T;
type Flat<T> = { [Key in keyof T]: T[Key] };
/**
 * True only for types that no context can tell apart; mere assignability would let optional fields be forgotten, and
 * expect-type's toEqualTypeOf lets them be forgotten inside arrays and nullable fields.
 */
/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- T is what keeps the compiler from simplifying. */
export type Same<A, B> =
  (<T>() => T extends AsJson<A> ? 1 : 2) extends <T>() => T extends AsJson<B> ? 1 : 2 ? true : false;
/* eslint-enable @typescript-eslint/no-unnecessary-type-parameters */
export type Assert<Claim extends true> = Claim;
