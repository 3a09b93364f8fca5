// What getaddrinfo(3) and the plain query after it say, in the contract's words. Nothing here asks a DNS server: real
// lookups are of names that the hosts file has, the others meet a stand-in for node:dns.
import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { isFailure, type Lookup } from '../../src/check/lookup.ts';
import { Resolver } from '../../src/check/resolver.ts';
import type * as getaddrinfoModule from '../../src/check/getaddrinfo.ts';
import { waiting } from '../support/inquiry.ts';

/** Names that the hosts file has, so that no server is asked. */
const KNOWN = hostsFile();

t.test('what the hosts file has is found by getaddrinfo itself', async (t) => {
  for (const [name, addresses] of [['localhost', null], ...KNOWN] as const) {
    const { answer, cached } = await lookup(new Resolver(), name);
    const found = isFailure(answer) ? answer.code : answer.map(({ text }) => text).join();
    if (addresses === null) t.match(found, /^(127\.|::1)/, name);
    else t.ok(addresses.includes(found.split(',')[0] ?? ''), `${name} is ${found}`);
    t.equal(cached, false);
  }
});

// libuv's numbers: the name does not exist, and it has no address.
const [EAI_NONAME, EAI_NODATA] = [-3008, -3007];

for (const [claim, failure, plain, code] of [
  ['a name that does not exist', { code: 'ENOTFOUND', errno: EAI_NONAME }, null, 'NXDOMAIN'],
  ['a name without an address', { code: 'ENOTFOUND', errno: EAI_NODATA }, null, 'NODATA'],
  ['another failure', { code: 'EAI_FAIL', errno: -3004 }, null, 'EAI_FAIL'],
  ['try again: the server failed', { code: 'EAI_AGAIN' }, 'ESERVFAIL', 'SERVFAIL'],
  ['try again: the server refused', { code: 'EAI_AGAIN' }, 'EREFUSED', 'REFUSED'],
  ['try again: the server is silent', { code: 'EAI_AGAIN' }, 'ETIMEOUT', 'ETIMEOUT'],
  ['try again: there is no server', { code: 'EAI_AGAIN' }, 'ECONNREFUSED', 'EAI_AGAIN'],
  ['try again, and then something else', { code: 'EAI_AGAIN' }, 'EBADRESP', 'EAI_AGAIN'],
  ['try again, and then an answer', { code: 'EAI_AGAIN' }, 'found', 'EAI_AGAIN'],
] as const) {
  t.test(`${claim} is ${code}`, async (t) => {
    const asked: string[] = [];
    const found = await lookupWith(t, failure, (name) => {
      asked.push(name);
      return plain === 'found' ? Promise.resolve(['10.0.0.1']) : Promise.reject(coded({ code: plain }));
    });
    t.same(found.answer, { code, local: false });
    t.same(asked, plain === null ? [] : ['db.test'], 'the plain query is made where it can tell more');
  });
}

t.test('what this machine lacked for a lookup is local', async (t) => {
  for (const code of ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EAI_MEMORY']) {
    const { answer } = await lookupWith(t, { code }, () => Promise.reject(coded({})));
    t.same(answer, { code, local: true });
  }
});

/** One lookup of db.test, where getaddrinfo fails with `failure` and a plain query ends as `query` does. */
async function lookupWith(t: Test, failure: object, query: (name: string) => Promise<unknown>): Promise<Lookup> {
  const dns = {
    lookup(_name: string, options: unknown, done: (error: Error) => void): void {
      t.same(options, { all: true, order: 'verbatim' });
      done(coded(failure));
    },
    promises: {
      Resolver: class {
        readonly resolve4 = query;
      },
    },
  };
  const mocked = await t.mockImport<typeof getaddrinfoModule>('../../src/check/getaddrinfo.ts', { 'node:dns': dns });
  return lookup(new Resolver(mocked.callGetaddrinfo), 'db.test');
}

function coded(properties: object): Error {
  return Object.assign(new Error('as the stand-in says'), properties);
}

function lookup(resolver: Pick<Resolver, 'lookup'>, name: string): Promise<Lookup> {
  return resolver.lookup(name, 20_000, waiting());
}

/** The addresses of each name but localhost; a few names will do. */
function hostsFile(): [name: string, addresses: string[]][] {
  const addresses = new Map<string, string[]>();
  for (const line of readFileSync('/etc/hosts', 'utf8').split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    for (const name of names) addresses.set(name, [...(addresses.get(name) ?? []), address]);
  }
  addresses.delete('localhost');
  return [...addresses].slice(0, 3);
}
