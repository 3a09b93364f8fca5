// Examples of what reachd says of groups.
import type { GroupsReply, ReadyReply } from './group-schemas.ts';
import { resultExample } from './examples.ts';
import { ownPort } from './own-port.ts';

const CHECKED_AT = '2026-11-22T17:00:05.000Z';

export function readinessExample(isUp: boolean): ReadyReply {
  return {
    group: 'checkout',
    state: isUp ? 'up' : 'unknown',
    ready: isUp,
    since: '2026-11-22T17:00:00.000Z',
    checkedAt: isUp ? CHECKED_AT : null,
    stale: false,
  };
}

export function groupsExample(): GroupsReply {
  const { group, state, since, checkedAt, stale } = readinessExample(true);
  const result = { ...resultExample(ownPort({ host: '127.0.0.1', port: 5432 })), name: 'db' };
  return {
    groups: [
      {
        ...{ group, state, since, checkedAt, stale, mode: 'all' },
        changes: [{ at: since, from: 'unknown', to: 'up' }],
        rounds: [
          { at: since, ok: true, latencyMs: 0.104 },
          { at: CHECKED_AT, ok: true, latencyMs: result.latencyMs },
        ],
        targets: [{ label: 'db', target: result.target, since, counts: 'good', result }],
      },
    ],
  };
}
