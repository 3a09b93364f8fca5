// The fleet as metrics: what this instance knows of it, and what became of what it asked the others.
import { read, type Reading } from './reading.ts';
import type { FleetReading } from './sources.ts';

export function readFleet(fleet: FleetReading): Reading[] {
  const isHere = ({ state }: { state: string }) => state === 'here';
  return [
    read('reachd_fleet_bus_connected', 'gauge', 'Whether the bus of the fleet is there: 1, or 0.', () => [
      { value: fleet.now.bus.connected ? 1 : 0 },
    ]),
    read('reachd_fleet_vantages', 'gauge', 'Vantages that are here, as far as this instance has looked.', () => [
      { value: fleet.now.vantages.filter(isHere).length },
    ]),
    read(
      'reachd_fleet_cells_total',
      'counter',
      'Results of other vantages that this instance has asked for, by outcome, or by why there is none.',
      () => [...fleet.cells].map(([outcome, value]) => ({ labels: { outcome }, value })),
    ),
  ];
}
