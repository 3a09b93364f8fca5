// The fleet, put together: a bus, an agent that answers, a coordinator that asks. It is loaded where NATS_URL is set, and only
// then.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Admission } from '../callers/admission.ts';
import type { Slices } from '../check/slices.ts';
import { labelsOf } from '../config/fleet-settings.ts';
import type { Config } from '../config/settings.ts';
import { Contract } from '../contract/contract.ts';
import { Agent } from './agent.ts';
import { Bus } from './bus.ts';
import { CardHolder } from './card.ts';
import { Coordinator } from './coordinator.ts';
import { type Credentials, parseCredentials } from './credentials.ts';
import type { FleetView, VantagesReport } from './fleet-view.ts';
import { inboxPrefix, type Party } from './subjects.ts';

export interface FleetParts {
  readonly config: Config;
  readonly version: string;
  readonly checker: Pick<Admission, 'check'>;
  /** What taking answers in has of the event loop. */
  readonly slices: Slices;
  readonly logger: FleetLogger;
}

interface FleetLogger {
  warn(about: object, message: string): void;
  error(about: object, message: string): void;
}

/** This instance in the fleet. */
export interface Fleet {
  /** Null where its role is to answer only. */
  readonly view: FleetView | null;
  /** Asks of others that are being worked on. */
  readonly busy: number;
  /** Who is here, as far as it knows: an agent has not looked. */
  readonly now: VantagesReport;
  /** See FleetView. */
  readonly cells: ReadonlyMap<string, number>;
  /** Tells the fleet that it is going; what it was asked goes on. */
  drain(): void;
  /** It is asked nothing more; resolves when what it was asked is answered. */
  finish(): Promise<void>;
  /** Gives up what it was asked. */
  abort(): void;
  /** Leaves the bus. */
  close(): Promise<void>;
}

/** Wrong messages are told once in so long: whoever sends many would otherwise write the log. */
const WARN_MS = 1000;

export function joinFleet({ config, version, checker, slices, logger }: FleetParts): Fleet {
  const { vantage, fleetRole: role } = config;
  const me: Party = { vantage, instance: randomBytes(6).toString('hex') };
  const bus = new Bus({
    servers: config.natsUrl,
    caFile: config.natsCaFile,
    credentials: () => readCredentials(config.natsCredentialsFile),
    name: `reachd ${vantage}`,
    inboxPrefix: inboxPrefix(vantage),
    warn: (failure) => logger.warn({ failure }, 'the bus of the fleet'),
  });
  const warn = rarely((what) => logger.warn({ what }, 'a message of the fleet was refused'));
  const broken = (error: unknown): void => logger.error({ err: error }, 'an ask of the fleet was not answered');
  const card =
    role === 'coordinator' ? null : new CardHolder(bus, me, { labels: labelsOf(config.vantageLabels), version });
  const agent = card === null ? null : new Agent({ bus, me, contract: new Contract(config), checker, warn, broken });
  const view = role === 'agent' ? null : new Coordinator({ bus, me, slices, warn });
  return {
    view,
    get busy() {
      return agent?.busy ?? 0;
    },
    get now() {
      return view?.now ?? { bus: { connected: bus.isConnected }, vantages: [] };
    },
    cells: view?.cells ?? new Map<string, number>(),
    drain: () => card?.drain(),
    finish: async () => {
      agent?.close();
      await agent?.finished();
    },
    abort: () => agent?.abort(),
    close: () => bus.close(),
  };
}

/** Null without a file. Throws. */
function readCredentials(file: string): Credentials | null {
  return file === '' ? null : parseCredentials(readFileSync(file, 'utf8'));
}

function rarely(tell: (what: string) => void): (what: string) => void {
  let toldAt = -Infinity;
  return (what) => {
    if (performance.now() - toldAt < WARN_MS) return;
    toldAt = performance.now();
    tell(what);
  };
}
