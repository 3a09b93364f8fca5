// A resolver whose calls the test answers, one by one and when it likes.
import type { LookupAddress } from 'node:dns';
import type { Test } from 'tap';
import { isFailure, type Lookup } from '../../src/check/lookup.ts';
import { Resolver } from '../../src/check/resolver.ts';
import type { Waiting } from '../../src/check/run.ts';
import { settled, stopTime } from './fake-time.ts';
import { waiting } from './inquiry.ts';

export interface Call {
  readonly name: string;
  readonly find: (...addresses: string[]) => Promise<void>;
  readonly fail: (code: string) => Promise<void>;
}

/** A resolver whose lookups end when the test says, in a time that the test moves. */
export function build(t: Test) {
  const time = stopTime(t);
  const calls: Call[] = [];
  const resolver = new Resolver((name) => {
    const { promise, resolve, reject } = withResolvers<LookupAddress[]>();
    calls.push({
      name,
      find: (...found) => {
        resolve(found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
        return settled();
      },
      fail: (code) => {
        reject(Object.assign(new Error(code), { code }));
        return settled();
      },
    });
    return promise;
  });
  const lookup = (name: string, timeoutMs = 3000, who: Waiting = waiting()): Promise<Lookup> =>
    resolver.lookup(name, timeoutMs, who);
  return { time, calls, resolver, lookup };
}

export const summarize = ({ answer, cached }: Lookup): string => {
  const text = isFailure(answer)
    ? `${answer.code}${answer.local ? ' local' : ''}`
    : answer.map(({ text }) => text).join();
  return cached ? `${text} cached` : text;
};
export const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `name${i}.test`);

function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: Error) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
