// The manifests of deploy/, as kubectl builds them: every object is what the API takes, and what matters stands in it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Probe } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/Probe';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { DaemonSet } from 'kubernetes-models/apps/v1/DaemonSet';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import t from 'tap';
import { parse } from 'yaml';
import { DEFAULTS } from '../../src/config/settings.ts';
import { METADATA } from '../../src/policy/well-known-blocks.ts';
import {
  build,
  DEPLOY,
  folders,
  type Manifest,
  noKubectl as skip,
  only,
  podOf,
  reachdOf,
} from '../support/manifests.ts';

const MODELS = {
  ConfigMap,
  DaemonSet,
  Deployment,
  HorizontalPodAutoscaler,
  Job,
  NetworkPolicy,
  PodDisruptionBudget,
  Probe,
  PrometheusRule,
  Secret,
  Service,
  ServiceAccount,
  ServiceMonitor,
  StatefulSet,
} as const;

t.test('CI has kubectl', { skip: process.env['CI'] === 'true' ? false : 'not in CI' }, (t) => {
  t.equal(skip, false);
  t.end();
});

t.test('every folder builds, and every object is one that the API takes', { skip }, (t) => {
  for (const folder of folders) {
    const manifests = build(folder);
    t.ok(manifests.length > 0, folder);
    for (const manifest of manifests) {
      const Model = MODELS[manifest.kind as keyof typeof MODELS] as new (data: Manifest) => { validate(): void };
      t.doesNotThrow(() => new Model(manifest).validate(), `${folder}: ${manifest.kind} ${manifest.metadata.name}`);
    }
  }
  t.end();
});

t.test('every pod is one that the restricted Pod Security Standard takes, with bounds', { skip }, (t) => {
  for (const folder of folders) {
    for (const manifest of build(folder).filter(({ spec }) => spec?.['template'] !== undefined)) {
      const pod = podOf(manifest);
      t.match(pod, { automountServiceAccountToken: false, hostNetwork: undefined }, folder);
      t.match(pod['securityContext'], {
        runAsNonRoot: true,
        runAsUser: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
        t.match(container, {
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: { requests: { cpu: /./, memory: /./ }, limits: { memory: /./ } },
        });
        for (const probe of [container.startupProbe, container.readinessProbe, container.livenessProbe]) {
          t.equal(probe?.httpGet.host, undefined, 'no probe names a host');
        }
      }
    }
  }
  t.end();
});

t.test('liveness is asked of the process alone, and what a selector selects is reachd', { skip }, (t) => {
  for (const folder of ['base', 'overlays/daemonset', 'overlays/sidecar']) {
    const manifests = build(folder);
    for (const manifest of manifests.filter(({ spec }) => spec?.['template'] !== undefined)) {
      t.equal(reachdOf(podOf(manifest)).livenessProbe?.httpGet.path, '/livez');
    }
    for (const { kind, spec } of manifests) {
      const selector = kind === 'NetworkPolicy' ? spec?.['podSelector'] : spec?.['selector'];
      if (!['NetworkPolicy', 'PodDisruptionBudget', 'Service', 'Deployment', 'DaemonSet'].includes(kind)) continue;
      const labels = (selector as { matchLabels?: object }).matchLabels ?? selector;
      t.match(labels, { 'app.kubernetes.io/name': /^(reachd|app)$/ }, `${folder}: ${kind}`);
    }
  }
  t.end();
});

t.test('the drain of the service fits into the time that a pod has to end', { skip }, (t) => {
  const pod = podOf(only(build('base'), 'Deployment'));
  const defaults = DEFAULTS.drainDelayMs + DEFAULTS.shutdownGraceMs;
  t.ok(Number(pod['terminationGracePeriodSeconds']) * 1000 > defaults);
  t.end();
});

t.test('the daemon set has a pod a node, named taints, and answers on its own node', { skip }, (t) => {
  const manifests = build('overlays/daemonset');
  t.notOk(
    manifests.some(({ kind }) => ['Deployment', 'HorizontalPodAutoscaler', 'PodDisruptionBudget'].includes(kind)),
  );
  const pod = podOf(only(manifests, 'DaemonSet'));
  const tolerations = pod['tolerations'] as { key?: string }[];
  t.ok(tolerations.length > 0 && tolerations.every(({ key }) => key !== undefined), 'each by its key');
  t.match(
    reachdOf(pod).env?.find(({ name }) => name === 'VANTAGE'),
    {
      valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } },
    },
  );
  t.equal(only(manifests, 'Service').spec?.['internalTrafficPolicy'], 'Local');
  t.end();
});

t.test('the sidecar holds its application back, and its verdict counts for the pod', { skip }, (t) => {
  const pod = podOf(only(build('overlays/sidecar'), 'Deployment'));
  const sidecar = pod.initContainers?.[0];
  t.match(sidecar, {
    restartPolicy: 'Always',
    startupProbe: { httpGet: { path: '/ready/app?phase=startup' } },
    readinessProbe: { httpGet: { path: '/ready/app' } },
  });
  t.end();
});

t.test('the job waits before it begins', { skip }, (t) => {
  const pod = podOf(only(build('overlays/job-wait'), 'Job'));
  t.equal(pod.initContainers?.[0]?.args?.[0], 'wait');
  t.end();
});

t.test('the network policy keeps every metadata address out that the address policy denies', { skip }, (t) => {
  const [egress] = only(build('base'), 'NetworkPolicy').spec?.['egress'] as {
    to: { ipBlock: { except: string[] } }[];
  }[];
  t.same(egress?.to.flatMap(({ ipBlock }) => ipBlock.except).sort(), [...METADATA].sort());
  t.end();
});

t.test(
  'nobody has the token that is shipped, and every configuration of groups is one that a start takes',
  { skip },
  (t) => {
    const manifests = folders.flatMap((folder) => build(folder));
    const tokens = manifests.filter(({ kind }) => kind === 'Secret').map(({ data }) => atob(data?.['tokens'] ?? ''));
    for (const text of tokens) t.match(text, /^nobody:sha256:[0-9a-f]{64}$/m);
    const maps = manifests.flatMap(({ kind, data }) => (kind === 'ConfigMap' ? (data?.['reachd.yaml'] ?? []) : []));
    t.ok(tokens.length > 0 && maps.length > 0);
    for (const text of maps) t.match(parse(text), { groups: [{ name: /^[a-z0-9-]{1,63}$/ }] });
    t.end();
  },
);

t.test('the rules of the operator are those of Prometheus alone', { skip }, (t) => {
  const { spec } = only(build('overlays/monitoring'), 'PrometheusRule');
  t.same(spec, parse(readFileSync(join(DEPLOY, 'prometheus/reachd-rules.yaml'), 'utf8')));
  t.end();
});
