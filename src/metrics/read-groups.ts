// Groups of dependencies as metrics. Their names are the operator's; nobody who asks can make a series.
import { read, type Reading } from './reading.ts';
import type { FileReading } from './sources.ts';

/** The value of a gauge for a state, or a result, that says neither yes nor no. */
const UNKNOWN = NaN;

export function readGroups(file: FileReading): Reading[] {
  const groups = () => file.groups.snapshot();
  const targets = () => groups().flatMap(({ group, targets }) => targets.map((target) => ({ group, ...target })));
  return [
    read('reachd_group_up', 'gauge', '1: the group is up, 0: down, NaN: not known yet.', () =>
      groups().map(({ group, state }) => ({
        labels: { group },
        value: asNumber(state === 'unknown' ? null : state === 'up'),
      })),
    ),
    read('reachd_group_target_ok', 'gauge', 'Whether the last result of the target is ok; NaN: it was not asked.', () =>
      targets().map(({ group, target, ok }) => ({ labels: { group, target }, value: asNumber(ok) })),
    ),
    read('reachd_group_target_latency_seconds', 'gauge', 'From the start of its last connect to the outcome.', () =>
      targets().flatMap(({ group, target, latencyMs }) =>
        latencyMs === null ? [] : [{ labels: { group, target }, value: latencyMs / 1000 }],
      ),
    ),
    read('reachd_group_changes_total', 'counter', 'How often the group has changed to each state.', () =>
      groups().flatMap(({ group, changes }) =>
        Object.entries(changes).map(([state, value]) => ({ labels: { group, state }, value })),
      ),
    ),
    read(
      'reachd_config_last_reload_successful',
      'gauge',
      'Whether CONFIG_FILE, as it was read last, is in force.',
      () => [{ value: file.isInForce ? 1 : 0 }],
    ),
  ];
}

function asNumber(is: boolean | null): number {
  return is === null ? UNKNOWN : is ? 1 : 0;
}
