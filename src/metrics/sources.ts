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
}
