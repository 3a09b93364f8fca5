// The fleet on the page of metrics.
import t from 'tap';
import { Metrics } from '../../src/metrics/metrics.ts';
import type { FleetReading } from '../../src/metrics/sources.ts';
import { promtool, withoutProgram } from '../support/debian-program.ts';
import { readExposition } from '../support/exposition.ts';

const FLEET: FleetReading = {
  now: { bus: { connected: true }, vantages: [{ state: 'here' }, { state: 'lost' }, { state: 'here' }] },
  cells: new Map([
    ['open', 3],
    ['silent', 1],
  ]),
};

function metricsOf(fleet: FleetReading | null): Metrics {
  const load = () => ({ inFlight: 0, queued: 0, restarts: 0, silentMs: 0 });
  return new Metrics({ load, maxInFlight: 1, denials: new Map(), version: '1', file: null, fleet: () => fleet });
}

async function linesOf(fleet: FleetReading): Promise<string[]> {
  const page = await metricsOf(fleet).page();
  return page.split('\n').filter((line) => line.startsWith('reachd_fleet_'));
}

t.test(
  'who is here is counted, what was asked is told by what became of it, and whether the bus is there',
  async (t) => {
    t.same(await linesOf(FLEET), [
      'reachd_fleet_bus_connected 1',
      'reachd_fleet_vantages 2',
      'reachd_fleet_cells_total{outcome="open"} 3',
      'reachd_fleet_cells_total{outcome="silent"} 1',
    ]);
    const alone: FleetReading = { now: { bus: { connected: false }, vantages: [] }, cells: new Map() };
    t.same(await linesOf(alone), ['reachd_fleet_bus_connected 0', 'reachd_fleet_vantages 0']);
  },
);

t.test('promtool takes the page', { skip: withoutProgram('promtool') }, async (t) => {
  t.equal(promtool(['check', 'metrics'], await metricsOf(FLEET).page()), '');
});

t.test('without NATS_URL there is nothing of a fleet', async (t) => {
  const { types } = readExposition(await metricsOf(null).page());
  t.same(
    [...types.keys()].filter((name) => name.includes('fleet')),
    [],
  );
});
