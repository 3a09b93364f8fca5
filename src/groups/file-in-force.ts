// CONFIG_FILE in force: its groups, asked in the background, and its modules, for whoever probes with them. It puts the
// rooms together: a file, what it says, which of it is denied, and the schedule.
import type { Logger } from 'pino';
import { ConfigFile, type Refusal } from '../config/config-file.ts';
import { inWords, MistakesError, type YamlDocument } from '../config/yaml-document.ts';
import { Contract } from '../contract/contract.ts';
import type { FieldError } from '../contract/field-errors.ts';
import type { ProbeModule } from '../contract/probe-question.ts';
import type { RequestLimits } from '../contract/request-schemas.ts';
import { findDenied, type Judges } from './denied-targets.ts';
import { parseFile } from './file-definition.ts';
import type { Ask, GroupListener } from './group.ts';
import type { GroupsView } from './group-view.ts';
import { Groups } from './groups.ts';

/** The file, as HTTP and the metrics see it. */
export interface FileView {
  readonly groups: GroupsView;
  /** By name: the options of checks that a probe may ask for. */
  modules(): ReadonlyMap<string, ProbeModule>;
  /** Whether the file, as it was read last, is in force. */
  readonly isInForce: boolean;
}

const MOST_TOLD = 20;

export class FileInForce implements FileView {
  readonly groups: Groups;
  readonly #file: ConfigFile;
  readonly #modules: () => ReadonlyMap<string, ProbeModule>;

  private constructor(file: ConfigFile, groups: Groups, modules: FileView['modules']) {
    this.#file = file;
    this.groups = groups;
    this.#modules = modules;
  }

  /** Reads `path`. Rejects with an Error whose lines are for the operator. */
  static async open(path: string, limits: RequestLimits, judges: Judges): Promise<FileInForce> {
    const contract = new Contract(limits);
    const groups = new Groups();
    let modules: ReadonlyMap<string, ProbeModule> = new Map();
    const take = async (document: YamlDocument): Promise<void> => {
      const parsed = parseFile(document.value, contract);
      if ('errors' in parsed) throw mistakesIn(document, parsed.errors);
      const denied = await findDenied(parsed.groups, judges);
      if (denied.length > 0) throw mistakesIn(document, denied);
      modules = parsed.modules;
      groups.define(parsed.groups);
    };
    return new FileInForce(await ConfigFile.open(path, take), groups, () => modules);
  }

  get isInForce(): boolean {
    return this.#file.isInForce;
  }

  modules(): ReadonlyMap<string, ProbeModule> {
    return this.#modules();
  }

  /** Groups are asked from now on, and the file is watched. */
  begin(ask: Ask, logger: Logger): void {
    this.groups.begin({ ask, listener: logOf(logger) });
    this.#file.watch((refusal) => tell(this.#file.path, refusal, logger));
  }

  reread(): void {
    void this.#file.reread();
  }

  stop(): void {
    this.#file.close();
    this.groups.stop();
  }
}

function tell(file: string, refusal: Refusal | null, logger: Logger): void {
  if (refusal === null) logger.info({ file }, 'the configuration file was read again');
  else {
    const mistakes = typeof refusal === 'string' ? [refusal] : refusal.map(inWords);
    logger.warn({ file, mistakes }, 'the configuration file is not taken over: the one before stays in force');
  }
}

function mistakesIn(document: YamlDocument, errors: readonly FieldError[]): MistakesError {
  return new MistakesError(errors.slice(0, MOST_TOLD).map(({ path, message }) => document.mistakeAt(path, message)));
}

function logOf(logger: Logger): GroupListener {
  return {
    changed: (group, { from, to }, bad) => logger.info({ group, from, to, bad }, `a group is ${to}`),
    troubled: (group, trouble) => {
      if (trouble === null) logger.info({ group }, 'rounds of a group tell something again');
      else logger.warn({ group, trouble }, 'a round of a group told nothing: its verdict stays as it is');
    },
  };
}
