// A validated request → the checks it asks for. What a schema cannot say about a target (is this a host name?) is said
// here, by the domain's own parser, and reported under the same paths.
import type { Check, CheckOptions } from '../check/result.ts';
import { parseTarget, type Target, targetOf } from '../check/target.ts';
import { type FieldError, invalidRequest } from './problems.ts';
import type { CheckBody, CheckBodyOptions, TargetObject } from './request-schemas.ts';

/** In the order of the request. `field` is what the request calls its targets. Throws a Problem that names each bad one. */
export function checksOf(request: CheckBody, field = 'targets'): Check[] {
  const shared = optionsOf(request);
  const errors: FieldError[] = [];
  const checks: Check[] = [];
  for (const [i, wanted] of request.targets.entries()) {
    const target = typeof wanted === 'string' ? parseTarget(wanted) : targetOf(wanted.host, wanted.port);
    if (typeof target === 'string') {
      const path = typeof wanted === 'string' ? `${field}[${i}]` : `${field}[${i}].host`;
      errors.push({ path, message: target });
    } else {
      checks.push(checkOf(wanted, target, shared));
    }
  }
  if (errors.length > 0) throw invalidRequest(errors);
  return checks;
}

function checkOf(wanted: string | TargetObject, target: Target, shared: CheckOptions): Check {
  if (typeof wanted === 'string') return { target, name: undefined, options: shared };
  return { target, name: wanted.name, options: overridden(shared, wanted) };
}

function optionsOf(request: CheckBodyOptions): CheckOptions {
  return {
    timeoutMs: request.timeoutMs,
    handshake: request.handshake,
    family: request.family,
    addresses: request.addresses,
    expect: request.expect,
    count: request.count,
    intervalMs: request.intervalMs,
    sourceAddress: request.sourceAddress ?? null,
    sourceInterface: request.sourceInterface ?? null,
  };
}

function overridden(shared: CheckOptions, wanted: TargetObject): CheckOptions {
  return {
    timeoutMs: wanted.timeoutMs ?? shared.timeoutMs,
    handshake: wanted.handshake ?? shared.handshake,
    family: wanted.family ?? shared.family,
    addresses: wanted.addresses ?? shared.addresses,
    expect: wanted.expect ?? shared.expect,
    count: wanted.count ?? shared.count,
    intervalMs: wanted.intervalMs ?? shared.intervalMs,
    sourceAddress: wanted.sourceAddress ?? shared.sourceAddress,
    sourceInterface: wanted.sourceInterface ?? shared.sourceInterface,
  };
}
