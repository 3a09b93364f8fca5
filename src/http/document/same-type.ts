// Claims about types that the compiler checks: two types are the same once they have been through JSON. Nothing here is
// left at run time, and it must not know which types it compares.

/**
 * A type as JSON carries it: a field that may be undefined is one that may be missing. Such a field becomes a required one
 * that says so, because the compiler takes two unions for the same when their members differ in optional fields alone.
 */
type AsJson<T> = T extends readonly (infer Item)[]
  ? readonly AsJson<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]-?: undefined extends T[Key] ? Optional<T[Key]> : AsJson<T[Key]> }
    : T;
interface Optional<T> {
  readonly optional: AsJson<Exclude<T, undefined>>;
}
/**
 * True only for types that no context can tell apart: `any` is assignable to everything, and expect-type's toEqualTypeOf
 * overlooks optional fields inside arrays and nullable fields.
 */
/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- T is what keeps the compiler from simplifying. */
export type Same<A, B> =
  (<T>() => T extends AsJson<A> ? 1 : 2) extends <T>() => T extends AsJson<B> ? 1 : 2 ? true : false;
/* eslint-enable @typescript-eslint/no-unnecessary-type-parameters */
export type Assert<Claim extends true> = Claim;
