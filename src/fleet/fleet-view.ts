// The fleet as its doors see it: who is here, and a way to ask them that looks like a checker. Types and errors alone, so
// that whoever imports it loads nothing of the bus.
import type { OpenInquiry, Inquiry } from '../check/inquiry.ts';
import type { Check, CheckOptions, CheckReply, Vantage, VantageAnswer } from '../check/result.ts';
import type { FleetQuestion } from '../contract/fleet-schemas.ts';

export type Labels = Readonly<Record<string, string>>;

export interface VantageReport {
  readonly name: string;
  readonly labels: Labels;
  readonly state: 'here' | 'draining' | 'lost' | 'ambiguous';
  readonly instances: readonly { readonly id: string; readonly version: string }[];
}

/** The reply of `GET /vantages`. */
export interface VantagesReport {
  readonly bus: { readonly connected: boolean };
  /** In the order of their names. */
  readonly vantages: readonly VantageReport[];
}

/** The vantages that a request has selected: a checker whose checks each have `width` results. */
export interface FleetRunner {
  /** The coordinator's own. */
  readonly vantage: Vantage;
  /** Results of one target. */
  readonly width: number;
  check(checks: readonly Check[], inquiry: Inquiry): Promise<CheckReply>;
  /** `onResult` gets `width` results of each check, under its index. */
  open(inquiry: Inquiry, onBroken: (error: unknown) => void): OpenInquiry;
  /** What each vantage had to say so far. */
  answers(): readonly VantageAnswer[];
}

export interface FleetView {
  vantages(): Promise<VantagesReport>;
  /** Rejects with NoVantageError or BusUnavailableError. `options`: those of checks that have none of their own. */
  select(question: FleetQuestion, options: CheckOptions): Promise<FleetRunner>;
  /** Now, for metrics and pages: asks nobody. */
  readonly now: VantagesReport;
  /** Cells since the start, by what became of them: an outcome of the vantage, or a code of the layer `fleet`. */
  readonly cells: ReadonlyMap<string, number>;
}

/** `from` selects nobody, and names nobody. */
export class NoVantageError extends Error {
  override readonly name = 'NoVantageError';
}

/** There is no connection to the bus. */
export class BusUnavailableError extends Error {
  override readonly name = 'BusUnavailableError';
}
