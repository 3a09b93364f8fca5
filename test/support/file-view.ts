// CONFIG_FILE as HTTP and the metrics see it: one group that is up, one that is not known yet.
import type { FileView } from '../../src/groups/file-in-force.ts';

export const FILE_VIEW: FileView = {
  isInForce: true,
  modules: () => new Map(),
  groups: {
    readiness: () => null,
    report: () => [],
    snapshot: () => [
      {
        group: 'checkout',
        state: 'up',
        targets: [
          { target: 'db:5432', ok: true, latencyMs: 1.5 },
          { target: 'cache', ok: false, latencyMs: null },
        ],
        changes: { unknown: 0, up: 2, down: 1 },
      },
      {
        group: 'new',
        state: 'unknown',
        targets: [{ target: 'db:5432', ok: null, latencyMs: null }],
        changes: { unknown: 0, up: 0, down: 0 },
      },
    ],
  },
};
