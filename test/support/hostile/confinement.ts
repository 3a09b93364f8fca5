// Little memory, as a container has it: what a service runs in so that it dies of what it does not bound. A memory cgroup
// counts all that the process holds; a heap of a fixed size is the way without one, and another way to die.
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CGROUP_BYTES = 192 * 1024 * 1024;
const HEAP_MB = 128;
/** Where the kernel's two versions have the root of their groups. */
const V2 = '/sys/fs/cgroup';
const V1 = '/sys/fs/cgroup/memory';

export interface Confinement {
  readonly name: string;
  /** For `ServiceOptions`. */
  readonly within: readonly string[];
  readonly nodeArgv: readonly string[];
  /** Processes in it that the kernel has killed. */
  killed(): number;
  /** After its processes have ended. */
  remove(): void;
}

const heap: Confinement = {
  name: `a heap of ${HEAP_MB} MB`,
  within: [],
  nodeArgv: [`--max-old-space-size=${HEAP_MB}`],
  killed: () => 0,
  remove: () => undefined,
};

/** Each way of confinement that there is here. A memory cgroup takes root, and a kernel that lets it make one. */
export function confinements(): Confinement[] {
  const cgroup =
    makeCgroup(V2, { max: 'memory.max', swap: 'memory.swap.max', noSwap: 0, events: 'memory.events' }) ??
    makeCgroup(V1, {
      max: 'memory.limit_in_bytes',
      swap: 'memory.memsw.limit_in_bytes',
      noSwap: CGROUP_BYTES,
      events: 'memory.oom_control',
    });
  return cgroup === null ? [heap] : [cgroup, heap];
}

interface Files {
  readonly max: string;
  readonly swap: string;
  /** What to write there. */
  readonly noSwap: number;
  readonly events: string;
}

/** Null where no such group can be made. */
function makeCgroup(root: string, { max, swap, noSwap, events }: Files): Confinement | null {
  const group = join(root, `reachd-${process.pid}`);
  try {
    mkdirSync(group);
  } catch {
    return null;
  }
  try {
    // Only a group of memory has this file.
    readFileSync(join(group, max));
    writeFileSync(join(group, max), String(CGROUP_BYTES));
  } catch {
    rmdirSync(group);
    return null;
  }
  try {
    writeFileSync(join(group, swap), String(noSwap));
  } catch {
    // A kernel that does not count swap.
  }
  return {
    name: `a cgroup of ${CGROUP_BYTES / 1024 / 1024} MiB`,
    within: ['sh', '-c', `echo $$ > ${group}/cgroup.procs && exec "$@"`, 'sh'],
    nodeArgv: [],
    killed: () => Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(group, events), 'utf8'))?.[1] ?? 0),
    remove: () => rmdirSync(group),
  };
}
