// A fleet without a bus: `a` and `b` are here, in the zones z1 and z2, and answer as the fake checker does.
import type { Inquiry, OpenInquiry } from '../../src/check/inquiry.ts';
import type { Check, CheckReply, CheckResult, VantageAnswer } from '../../src/check/result.ts';
import type { FleetQuestion } from '../../src/contract/fleet-schemas.ts';
import {
  BusUnavailableError,
  type FleetRunner,
  NoVantageError,
  type VantagesReport,
} from '../../src/fleet/fleet-view.ts';
import { fleetCause } from '../../src/fleet/causes.ts';
import { Roster } from '../../src/fleet/roster.ts';
import { select } from '../../src/fleet/selection.ts';
import { replyOf, resultOf } from './build.ts';

export class FakeFleet {
  readonly asked: FleetQuestion[] = [];
  readonly inquiries: Inquiry[] = [];
  readonly cells = new Map([['open', 1]]);
  isConnected = true;
  readonly #roster = new Roster(() => 0);

  constructor() {
    for (const [vantage, zone] of Object.entries({ a: 'z1', b: 'z2' })) {
      this.#roster.saw({ vantage, instance: `${vantage}1` }, { labels: { zone }, version: '1.0.0', draining: false });
    }
  }

  get now(): VantagesReport {
    return { bus: { connected: this.isConnected }, vantages: this.#roster.report() };
  }

  vantages(): Promise<VantagesReport> {
    return Promise.resolve(this.now);
  }

  select(question: FleetQuestion): Promise<FleetRunner> {
    this.asked.push(question);
    if (!this.isConnected) return Promise.reject(new BusUnavailableError('There is no connection.'));
    const selected = select(question.from, this.#roster.known());
    if (selected.length === 0) return Promise.reject(new NoVantageError('There is none.'));
    const names = selected.map(({ name }) => name);
    const answering = question.by === 'one' ? names.slice(0, 1) : names;
    const answers = selected.map(({ name, labels, cause }): VantageAnswer => {
      return cause === null ? { name, labels, state: 'answered' } : { name, labels, state: 'missing', cause };
    });
    const resultsOf = (check: Check): CheckResult[] => {
      return answering.map((vantage) => {
        const isHere = selected.find(({ name }) => name === vantage)?.cause === null;
        const { target, name, ...found } = resultOf(check);
        const missing = { ok: false, outcome: 'failed', cause: fleetCause('unknown') } as const;
        return { target, name, vantage, ...found, ...(isHere ? {} : missing) };
      });
    };
    return Promise.resolve({
      vantage: { name: 'fake' },
      width: answering.length,
      answers: () => answers,
      check: (checks, inquiry) => {
        this.inquiries.push(inquiry);
        const results = checks.flatMap((check, index) => {
          const own = resultsOf(check);
          for (const result of own) inquiry.onResult?.(index, result);
          return own;
        });
        const reply: CheckReply = { ...replyOf(results), vantages: answers };
        return Promise.resolve(reply);
      },
      open: (inquiry): OpenInquiry => {
        this.inquiries.push(inquiry);
        return {
          late: () => null,
          room: () => null,
          ask: (check, index) => {
            for (const result of resultsOf(check)) inquiry.onResult?.(index, result);
          },
          told: () => undefined,
          close: () => undefined,
        };
      },
    });
  }
}
