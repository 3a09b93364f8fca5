// A service with CONFIG_FILE, and what it says of its groups.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GroupReport } from '../../src/groups/group-view.ts';
import { ask } from './http-client.ts';
import { Service, type ServiceOptions } from './service.ts';

interface Closing {
  teardown(close: () => unknown): unknown;
}

/** However slow the machine is. */
const SOON_MS = 60_000;

/** A configuration file that is gone with its test. JSON is YAML. */
export function configFile(t: Closing, content: object | string) {
  const folder = mkdtempSync(join(tmpdir(), 'reachd-groups-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'reachd.yaml');
  const write = (content: object | string): void => {
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  };
  write(content);
  return { path, write };
}

export interface GroupService {
  readonly service: Service;
  readonly url: string;
  readonly write: (content: object | string) => void;
  /** What is known of the group `name`. */
  readonly report: (name: string) => Promise<GroupReport>;
  /** The same, once it is so. Throws where it does not become so. */
  readonly until: (name: string, isSo: (group: GroupReport) => boolean) => Promise<GroupReport>;
  /** The status and the body of GET /ready/{name}. */
  readonly ready: (name: string) => Promise<{ readonly status: number; readonly body: Record<string, unknown> }>;
  /** The log lines with this message, once there are so many. */
  readonly logged: (message: RegExp, lines?: number) => Promise<Record<string, unknown>[]>;
}

export async function groupService(
  t: Closing,
  content: object | string,
  options: ServiceOptions = {},
): Promise<GroupService> {
  const { path, write } = configFile(t, content);
  const service = new Service(t, { ...options, env: { CONFIG_FILE: path, ...options.env } });
  const url = await service.listening();
  const report = async (name: string): Promise<GroupReport> => {
    const { groups } = JSON.parse((await ask(`${url}/groups`)).text) as { groups: readonly GroupReport[] };
    const found = groups.find(({ group }) => group === name);
    if (found === undefined) throw new Error(`there is no group ${name}`);
    return found;
  };
  const until: GroupService['until'] = async (name, isSo) => {
    const last = performance.now() + SOON_MS;
    for (;;) {
      const group = await report(name);
      if (isSo(group)) return group;
      if (performance.now() > last) throw new Error(`it does not become so: ${JSON.stringify(group)}`);
      await sleep(10);
    }
  };
  const ready: GroupService['ready'] = async (name) => {
    const { status, text } = await ask(`${url}/ready/${name}`);
    return { status, body: JSON.parse(text) as Record<string, unknown> };
  };
  const logged: GroupService['logged'] = async (message, lines = 1) => {
    const last = performance.now() + SOON_MS;
    for (;;) {
      const found = service.log.filter(({ msg }) => message.test(String(msg)));
      if (found.length >= lines) return found;
      if (performance.now() > last) throw new Error(`nothing is logged as ${message.source}`);
      await sleep(10);
    }
  };
  return { service, url, write, report, until, ready, logged };
}

/** Whether each round was ok that began before the latest change, the oldest first. */
export function roundsBeforeChange({ changes, rounds }: GroupReport): (boolean | null)[] {
  const at = changes[0]?.at ?? '';
  return rounds.filter((round) => round.at <= at).map(({ ok }) => ok);
}
