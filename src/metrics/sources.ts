// What a page of metrics reads beside the counts of its own room, at the moment when somebody asks for it.
import type { ReactorLoad } from '../reactor/client.ts';

/** What is read when a page is asked for. */
export interface MetricsSources {
  /** What it has now. */
  readonly load: () => ReactorLoad;
  readonly maxInFlight: number;
  /** How often each rule of the address policy has denied. */
  readonly denials: ReadonlyMap<string, number>;
  readonly version: string;
  /** CONFIG_FILE; null without one. */
  readonly file: FileReading | null;
  /** The fleet, once the first page is asked for; null without one. */
  readonly fleet: () => FleetReading | null;
}

/** The fleet, as a page reads it: it asks nobody. */
export interface FleetReading {
  readonly now: {
    readonly bus: { readonly connected: boolean };
    readonly vantages: readonly { readonly state: string }[];
  };
  /** Results since the start: by outcome, or by the code of why there is none. */
  readonly cells: ReadonlyMap<string, number>;
}

/** The file of groups, as a page reads it. */
export interface FileReading {
  /** Whether the file, as it was read last, is in force. */
  readonly isInForce: boolean;
  readonly groups: { snapshot(): readonly GroupReading[] };
}

export interface GroupReading {
  readonly group: string;
  readonly state: 'unknown' | 'up' | 'down';
  readonly targets: readonly {
    readonly target: string;
    /** Null before the first result, and where reachd itself could not ask. */
    readonly ok: boolean | null;
    readonly latencyMs: number | null;
  }[];
  /** How often it has changed to each state. */
  readonly changes: Readonly<Record<'unknown' | 'up' | 'down', number>>;
}
