// Groups on the page of metrics.
import t from 'tap';
import { Metrics } from '../../src/metrics/metrics.ts';
import { FILE_VIEW } from '../support/file-view.ts';
import { promtool, withoutProgram } from '../support/debian-program.ts';
import { readExposition } from '../support/exposition.ts';

function metricsOf(file: typeof FILE_VIEW | null): Metrics {
  const load = () => ({ inFlight: 0, queued: 0, restarts: 0, silentMs: 0 });
  return new Metrics({ load, maxInFlight: 1, denials: new Map(), version: '1', file, fleet: () => null });
}

t.test('a group is 1 or 0, and neither before it is known; so is each target, which has its latency', async (t) => {
  const page = await metricsOf(FILE_VIEW).page();
  const lines = page.split('\n').filter((line) => line.startsWith('reachd_group_') || line.startsWith('reachd_config'));
  t.same(lines, [
    'reachd_group_up{group="checkout"} 1',
    'reachd_group_up{group="new"} Nan',
    'reachd_group_target_ok{group="checkout",target="db:5432"} 1',
    'reachd_group_target_ok{group="checkout",target="cache"} 0',
    'reachd_group_target_ok{group="new",target="db:5432"} Nan',
    'reachd_group_target_latency_seconds{group="checkout",target="db:5432"} 0.0015',
    'reachd_group_changes_total{group="checkout",state="unknown"} 0',
    'reachd_group_changes_total{group="checkout",state="up"} 2',
    'reachd_group_changes_total{group="checkout",state="down"} 1',
    'reachd_group_changes_total{group="new",state="unknown"} 0',
    'reachd_group_changes_total{group="new",state="up"} 0',
    'reachd_group_changes_total{group="new",state="down"} 0',
    'reachd_config_last_reload_successful 1',
  ]);
});

t.test('promtool takes the page', { skip: withoutProgram('promtool') }, async (t) => {
  t.equal(promtool(['check', 'metrics'], await metricsOf(FILE_VIEW).page()), '');
});

t.test('without a file there is nothing of groups', async (t) => {
  const { types } = readExposition(await metricsOf(null).page());
  t.same(
    [...types.keys()].filter((name) => /group|config/.test(name)),
    [],
  );
});
