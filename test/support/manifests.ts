// The manifests of deploy/ as kubectl builds them, for tests to look at.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

export const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));

/** What the tests read of an object; its model says whether the rest is right. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  /** Where the kind has one. */
  readonly spec?: Record<string, unknown>;
  readonly data?: Readonly<Record<string, string>>;
}

export interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly restartPolicy?: string;
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  readonly ports?: readonly { readonly name: string }[];
  readonly startupProbe?: {
    readonly httpGet: { readonly path: string; readonly port: string; readonly host?: string };
  };
  readonly readinessProbe?: Container['startupProbe'];
  readonly livenessProbe?: Container['startupProbe'];
}

/** For a test's `skip`: false where kubectl is there. A test of its own makes sure that CI has it. */
export const noKubectl = existsSync('/usr/bin/kubectl') ? false : 'there is no /usr/bin/kubectl';

/** The objects of a folder, as kubectl builds them. */
export function build(folder: string): readonly Manifest[] {
  const text = execFileSync('kubectl', ['kustomize', join(DEPLOY, folder)], { encoding: 'utf8' });
  const manifests = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
  // kubectl breaks the lines of a secret; the API reads over that, its model here does not.
  return manifests.map((manifest) => (manifest.kind === 'Secret' ? withoutBreaks(manifest) : manifest));
}

function withoutBreaks({ data = {}, ...manifest }: Manifest): Manifest {
  const unbroken = Object.entries(data).map(([key, value]) => [key, value.replaceAll('\n', '')]);
  return { ...manifest, data: Object.fromEntries(unbroken) as Record<string, string> };
}

export const folders = ['base', ...readdirSync(join(DEPLOY, 'overlays')).map((name) => `overlays/${name}`)];

/** The pod of an object that makes pods. */
export function podOf({
  spec = {},
}: Manifest): Record<string, unknown> & { containers: Container[]; initContainers?: Container[] } {
  return (spec['template'] as { spec: ReturnType<typeof podOf> }).spec;
}

export function only(manifests: readonly Manifest[], kind: string): Manifest {
  const [one, ...others] = manifests.filter((manifest) => manifest.kind === kind);
  if (one === undefined || others.length > 0) throw new Error(`not one ${kind}`);
  return one;
}

export function reachdOf(pod: ReturnType<typeof podOf>): Container {
  const found = [...(pod.initContainers ?? []), ...pod.containers].find(({ name }) => /reachd|^wait-/.test(name));
  if (found === undefined) throw new Error('no container of reachd');
  return found;
}
