// A validated target and its request's options → the check that is asked for. What a schema cannot say about a target (is this a host name?) is said
// here, by the domain's own parser, and reported under the same paths.
import { parseAddress } from '../net/address.ts';
import { familiesLeft } from '../check/families.ts';
import type { Expectation } from '../check/expectation.ts';
import type { Check, CheckOptions } from '../check/result.ts';
import { parseTarget, targetOf } from '../check/target.ts';
import type { FieldError } from './field-errors.ts';
import type { CheckBodyOptions, TargetObject } from './request-schemas.ts';
import { tlsOf } from './tls-schema.ts';

/** What is wrong with a request's own options: `sourceAddress` is of the family that `family` leaves out. */
export function contradictionOf(shared: CheckOptions, left: readonly (4 | 6)[]): FieldError | null {
  return left.length === 0 ? wrongSource('sourceAddress', shared) : null;
}

/**
 * The check of one target under the `shared` options of its request, which leave it the families `left`; or what is wrong
 * with it, under paths that begin at the target: `` for the target itself, `.host`. What the request's own options do to
 * it is told once, for the request.
 */
export function checkOf(
  wanted: string | TargetObject,
  shared: CheckOptions,
  left: readonly (4 | 6)[],
): Check | readonly FieldError[] {
  const target = typeof wanted === 'string' ? parseTarget(wanted) : targetOf(wanted.host, wanted.port);
  if (typeof target === 'string') return [{ path: hostPath(wanted), message: target }];
  const check: Check =
    typeof wanted === 'string'
      ? { target, name: undefined, options: shared }
      : { target, name: wanted.name, options: overridden(shared, wanted) };
  const families = check.options === shared ? left : familiesOf(check.options);
  const isWrong = target.address === null ? families.length === 0 : !families.includes(target.address.family);
  const faults = isWrong ? explain(wanted, check, families) : [];
  return faults.length > 0 ? faults : check;
}

function hostPath(wanted: string | TargetObject): string {
  return typeof wanted === 'string' ? '' : '.host';
}

/** The families that a target's options leave it. */
export function familiesOf({ family, sourceAddress }: CheckOptions): readonly (4 | 6)[] {
  return familiesLeft(family, sourceAddress === null ? null : (parseAddress(sourceAddress)?.family ?? null));
}

/** Whether both of what can contradict each other are the request's own. */
export function inheritsBoth(wanted: string | TargetObject): boolean {
  return typeof wanted === 'string' || (wanted.family === undefined && wanted.sourceAddress === undefined);
}

/** Why a target's options leave no address of it. What the request's own options do to it is told once, there. */
function explain(wanted: string | TargetObject, { options }: Check, [family]: readonly (4 | 6)[]): FieldError[] {
  if (family !== undefined) {
    const why = options.family === 'any' ? 'sourceAddress is one' : `family is ${options.family}`;
    return [{ path: hostPath(wanted), message: `takes an IPv${family} address or a name: ${why}` }];
  }
  if (typeof wanted === 'string') return [];
  if (wanted.sourceAddress !== undefined) return [wrongSource('.sourceAddress', options)];
  return wanted.family === undefined ? [] : [{ path: '.family', message: 'takes the family of sourceAddress' }];
}

function wrongSource(path: string, { family }: CheckOptions): FieldError {
  return { path, message: `takes an ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address: family is ${family}` };
}

/** The options of a request, each with a value. */
export function optionsOf(request: CheckBodyOptions): CheckOptions {
  return {
    timeoutMs: request.timeoutMs,
    handshake: request.handshake,
    family: request.family,
    addresses: request.addresses,
    expect: expectationOf(request.expect),
    count: request.count,
    intervalMs: request.intervalMs,
    sourceAddress: request.sourceAddress ?? null,
    sourceInterface: request.sourceInterface ?? null,
    trace: request.trace,
    tls: tlsOf(request.tls),
  };
}

/** One spelling for one question: a list of `open` alone is `open`. */
function expectationOf(asked: Expectation): Expectation {
  return asked.length === 1 && asked[0] === 'open' ? 'open' : asked;
}

function overridden(shared: CheckOptions, wanted: TargetObject): CheckOptions {
  return {
    timeoutMs: wanted.timeoutMs ?? shared.timeoutMs,
    handshake: wanted.handshake ?? shared.handshake,
    family: wanted.family ?? shared.family,
    addresses: wanted.addresses ?? shared.addresses,
    expect: wanted.expect === undefined ? shared.expect : expectationOf(wanted.expect),
    count: wanted.count ?? shared.count,
    intervalMs: wanted.intervalMs ?? shared.intervalMs,
    sourceAddress: wanted.sourceAddress ?? shared.sourceAddress,
    sourceInterface: wanted.sourceInterface ?? shared.sourceInterface,
    trace: wanted.trace ?? shared.trace,
    tls: wanted.tls === undefined ? shared.tls : tlsOf(wanted.tls),
  };
}
