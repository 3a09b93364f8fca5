// A fleet in Kubernetes: who has which key, and three servers of NATS that are one bus, as deploy/nats/ has them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { freePort, folderOf, withoutProgram } from '../support/debian-program.ts';
import { BusServer, NATS_SERVER } from '../support/bus-server.ts';
import { clientOf, shippedUsers } from '../support/bus-users.ts';
import { Authority } from '../support/certificates.ts';
import { build, type Container, DEPLOY, type Manifest, noKubectl as skip, only, podOf } from '../support/manifests.ts';

interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPathExpr?: string;
}

function partsOf(manifest: Manifest): { env: (name: string) => unknown; mounts: readonly Mount[]; pod: object } {
  const pod = podOf(manifest);
  const [container] = pod.containers as (Container & { volumeMounts: readonly Mount[] })[];
  if (container === undefined) throw new Error('a pod without a container');
  const env = (name: string): unknown => {
    const entry = container.env?.find((variable) => variable.name === name);
    return entry?.value ?? entry?.valueFrom;
  };
  return { env, mounts: container.volumeMounts, pod };
}

t.test('every node is a vantage under its own name and labels, and has its own key alone', { skip }, (t) => {
  const { env, mounts, pod } = partsOf(only(build('overlays/fleet'), 'DaemonSet'));
  t.equal(env('FLEET_ROLE'), 'agent');
  t.same(env('VANTAGE'), { fieldRef: { fieldPath: 'spec.nodeName' } });
  t.equal(env('VANTAGE_LABELS'), 'zone=$(ZONE),region=$(REGION)');
  t.same(env('ZONE'), { fieldRef: { fieldPath: "metadata.labels['topology.kubernetes.io/zone']" } });
  t.same(env('REGION'), { fieldRef: { fieldPath: "metadata.labels['topology.kubernetes.io/region']" } });
  const key = mounts.find(({ mountPath }) => mountPath === env('NATS_CREDENTIALS_FILE'));
  t.match(key, { name: 'nats-keys', subPathExpr: '$(VANTAGE)' });
  t.match(pod, { volumes: [{ name: 'nats-keys', secret: { secretName: 'reachd-nats-agents' } }] });
  t.end();
});

t.test('the gateway alone has the key that asks everybody, and is nobody’s vantage', { skip }, (t) => {
  const manifests = build('overlays/fleet');
  const { env, pod } = partsOf(only(manifests, 'Deployment'));
  t.match([env('FLEET_ROLE'), env('VANTAGE')], ['coordinator', 'gateway']);
  t.match(pod, { volumes: [{ name: 'nats-key', secret: { secretName: 'reachd-nats-gateway' } }] });
  t.notMatch(JSON.stringify(only(manifests, 'DaemonSet')), /reachd-nats-gateway/);
  const [service] = manifests.filter(({ kind, metadata }) => kind === 'Service' && metadata.name === 'reachd');
  t.same(service?.spec?.['selector'], { 'app.kubernetes.io/name': 'reachd' });
  t.match(only(manifests, 'DaemonSet').spec, {
    selector: { matchLabels: { 'app.kubernetes.io/name': 'reachd-agent' } },
  });
  t.end();
});

t.test(
  'no key and no certificate is shipped, and reachd is given the authority without the server’s key',
  { skip },
  (t) => {
    const manifests = build('overlays/fleet');
    const secrets = manifests.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name);
    t.same(secrets.sort(), ['reachd-tokens', 'reachd-tokens-agent']);
    for (const kind of ['Deployment', 'DaemonSet']) {
      const { env, pod } = partsOf(only(manifests, kind));
      t.match(env('NATS_URL'), /^(tls:\/\/reachd-nats-[012]\.reachd-nats:4222,?){3}$/);
      t.equal(env('NATS_CA_FILE'), '/etc/reachd/nats-ca/ca.crt');
      const { volumes } = pod as { volumes: { name: string; secret?: object }[] };
      t.same(volumes.find(({ name }) => name === 'nats-ca')?.secret, {
        ...{ secretName: 'reachd-nats-tls', defaultMode: 0o440 },
        items: [{ key: 'ca.crt', path: 'ca.crt' }],
      });
    }
    t.end();
  },
);

t.test('three servers on three nodes, which only reachd reaches and only they join', { skip }, (t) => {
  const manifests = build('overlays/fleet');
  const servers = only(manifests, 'StatefulSet');
  t.match(servers.spec, { replicas: 3, serviceName: 'reachd-nats', podManagementPolicy: 'Parallel' });
  t.match(podOf(servers), {
    affinity: {
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname' }] },
    },
  });
  const policy = manifests.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'reachd-nats');
  const from = (label: string, value: string) => [{ podSelector: { matchLabels: { [label]: value } } }];
  t.same(policy?.spec?.['ingress'], [
    { from: from('app.kubernetes.io/part-of', 'reachd'), ports: [{ port: 'client' }] },
    { from: from('app.kubernetes.io/name', 'reachd-nats'), ports: [{ port: 'cluster' }] },
  ]);
  for (const kind of ['Deployment', 'DaemonSet']) {
    const { metadata } = only(manifests, kind).spec?.['template'] as Manifest & { metadata: { labels: object } };
    t.match(metadata.labels, { 'app.kubernetes.io/part-of': 'reachd' }, kind);
  }
  t.end();
});

/** The files of deploy/nats/ for one of three servers, with ports and paths of this test’s. */
async function serversOf(
  t: Test,
): Promise<{ authority: Authority; users: ReturnType<typeof shippedUsers>; urls: string[] }> {
  const authority = Authority.root(t);
  const { cert, key } = authority.issue('bus');
  const users = shippedUsers();
  const ports = await Promise.all(Array.from({ length: 9 }, freePort));
  const shipped = readFileSync(join(DEPLOY, 'nats/nats-server.conf'), 'utf8');
  const urls: string[] = [];
  for (const at of [0, 1, 2]) {
    const [client = 0, monitor = 0, cluster = 0] = ports.slice(at * 3);
    const folder = folderOf(t, {});
    mkdirSync(join(folder, 'tls'));
    writeFileSync(join(folder, 'users.conf'), users.conf);
    for (const [name, text] of Object.entries({ 'tls.crt': cert, 'tls.key': key, 'ca.crt': authority.pem })) {
      writeFileSync(join(folder, 'tls', name), text);
    }
    const conf = shipped
      .replaceAll(
        /nats:\/\/reachd-nats-(\d)\.reachd-nats:6222/g,
        (_, n) => `nats://127.0.0.1:${ports[Number(n) * 3 + 2] ?? 0}`,
      )
      .replaceAll('/etc/nats', folder)
      .replace('port: 4222', `host: 127.0.0.1\nport: ${client}`)
      .replace('http_port: 8222', `http: 127.0.0.1:${monitor}`)
      .replace('port: 6222', `host: 127.0.0.1\n  port: ${cluster}`);
    writeFileSync(join(folder, 'server.conf'), conf);
    urls.push((await BusServer.of(t, folder, client, { POD_NAME: `reachd-nats-${at}` })).url);
  }
  return { authority, users, urls };
}

t.test('the three servers are one bus', { skip: withoutProgram(NATS_SERVER) }, async (t) => {
  const { authority, users, urls } = await serversOf(t);
  const [first = '', , third = ''] = urls;
  const gateway = await clientOf(t, first, authority.file, users.seedOf('gateway'));
  const node = await clientOf(t, third, authority.file, users.seedOf('node-a'));
  const heard = new Promise<string>((resolve) => {
    gateway.subscribe('reachd.v1.here.>', {
      callback: (_, { subject }) => {
        resolve(subject);
      },
    });
  });
  // Heard once the routes between the servers stand.
  const timer = setInterval(() => {
    node.publish('reachd.v1.here.node-a.i1', '{}');
  }, 50);
  t.equal(await heard, 'reachd.v1.here.node-a.i1');
  clearInterval(timer);
});
