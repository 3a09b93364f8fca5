// A nats-server that holds everybody to deploy/nats/users.conf, over TLS: its clients, and real reachd processes on it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Test } from 'tap';
import { BusServer } from './bus-server.ts';
import { type BusUsers, clientOf, shippedUsers, type UserName } from './bus-users.ts';
import { Authority } from './certificates.ts';
import { folderOf } from './debian-program.ts';
import { Service } from './service.ts';

const PATIENCE_MS = 60_000;

/** Polls until it is so; the assertion after it says what was wrong. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const last = performance.now() + PATIENCE_MS;
  while (performance.now() < last && !(await isSo())) await sleep(20);
}

export interface GuardedBus {
  readonly server: BusServer;
  readonly caFile: string;
  readonly users: BusUsers;
  /** A client of a user's, connected. */
  readonly as: (name: UserName) => Promise<NatsConnection>;
  /** A reachd that is this user, and what is set beside that. */
  readonly reachd: (name: UserName, role: string, env?: Record<string, string>) => Service;
}

export async function startGuardedBus(t: Test): Promise<GuardedBus> {
  const authority = Authority.root(t);
  const users = shippedUsers();
  const server = await BusServer.start(t, { identity: authority.issue('bus'), users: users.conf });
  const folder = folderOf(t, {});
  return {
    server,
    caFile: authority.file,
    users,
    as: (name) => clientOf(t, server.url, authority.file, users.seedOf(name)),
    reachd: (name, role, env = {}) => {
      const file = join(folder, name);
      writeFileSync(file, users.seedOf(name));
      const own = { VANTAGE: name, FLEET_ROLE: role, NATS_URL: server.url, NATS_CREDENTIALS_FILE: file };
      return new Service(t, { env: { ...own, NATS_CA_FILE: authority.file, ...env } });
    },
  };
}

/** What the log has of the fleet, as one text. */
export function fleetLogOf({ log }: Service): string {
  const lines = log.filter(({ msg }) => String(msg).includes('fleet'));
  return lines.map(({ msg, what, failure }) => `${String(msg)}: ${String(what ?? failure)}`).join('\n');
}
