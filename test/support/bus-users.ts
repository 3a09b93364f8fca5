// The users of deploy/nats/users.conf, with keys of which this test has both halves, and what is made of them: clients, and
// files of credentials.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Authenticator,
  connect,
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
  nkeys,
} from '@nats-io/transport-node';
import type { Test } from 'tap';
import type { Permissions } from './bus-tokens.ts';
import { DEPLOY } from './manifests.ts';

const NKEY = /\bU[A-Z2-7]{55}\b/g;
/** Whose keys they are, in the order of the file. */
export const USERS = ['node-a', 'node-b', 'gateway', 'site-b'] as const;
export type UserName = (typeof USERS)[number];

export interface BusUsers {
  /** The file as a server reads it. */
  readonly conf: string;
  /** The same without one of them. */
  readonly without: (name: UserName) => string;
  readonly seedOf: (name: UserName) => string;
}

export function shippedUsers(): BusUsers {
  const pairs = new Map(USERS.map((name) => [name, nkeys.createUser()]));
  const names = [...pairs.keys()];
  const text = readFileSync(join(DEPLOY, 'nats/users.conf'), 'utf8');
  const shipped = text.match(NKEY) ?? [];
  if (shipped.length !== names.length) throw new Error(`users.conf has ${shipped.length} users`);
  const conf = names.reduce((conf, name, at) => conf.replace(shipped[at] ?? '', pair(name).getPublicKey()), text);
  function pair(name: UserName): nkeys.KeyPair {
    const found = pairs.get(name);
    if (found === undefined) throw new Error(`no user ${name}`);
    return found;
  }
  return {
    conf,
    // Their key is another's from then on, of which nobody has the other half.
    without: (name) => conf.replace(pair(name).getPublicKey(), nkeys.createUser().getPublicKey()),
    seedOf: (name) => new TextDecoder().decode(pair(name).getSeed()),
  };
}

/** A client of the bus with this seed, or these credentials, or none, gone when the test ends. It tries once. */
export async function clientOf(
  t: Test,
  servers: string,
  caFile: string,
  secret: string | null,
): Promise<NatsConnection> {
  const credentials = secret === null ? {} : { authenticator: authenticatorOf(secret) };
  const client = await connect({ servers, ...credentials, tls: { caFile }, reconnect: false, noAsyncTraces: true });
  t.teardown(() => client.close());
  return client;
}

function authenticatorOf(secret: string): Authenticator {
  const bytes = new TextEncoder().encode(secret);
  return secret.includes('JWT') ? credsAuthenticator(bytes) : nkeyAuthenticator(bytes);
}

/** What the file lets node-a say and hear, with `name` in the place of its name. */
export function agentPermissions(name: string): Permissions {
  const [, agent = ''] = readFileSync(join(DEPLOY, 'nats/users.conf'), 'utf8').split('nkey:');
  const [pub, sub] = [...agent.matchAll(/allow: \[([^\]]+)\]/g)].map(([, list = '']) => ({
    allow: [...list.matchAll(/"([^"]+)"/g)].map(([, subject = '']) => subject.replaceAll('node-a', name)),
  }));
  if (pub === undefined || sub === undefined) throw new Error('users.conf has lost its first user');
  return { pub, sub };
}
