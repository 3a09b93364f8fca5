// The page of GET /metrics: our own counts, read when it is asked for, and what prom-client tells of the process and of
// Node. Loaded with the first page.
import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import type { CheckCounts } from './check-counts.ts';
import type { DurationHistogram } from './duration-histogram.ts';
import type { HttpCounts } from './http-counts.ts';
import { type Labels, read, type Reading } from './reading.ts';
import { readFleet } from './read-fleet.ts';
import { readGroups } from './read-groups.ts';
import type { MetricsSources } from './sources.ts';

/** Gauges that count something in a name that ends in `_total`, which promtool refuses as a counter's. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

export function createPage(sources: MetricsSources, checks: CheckCounts, http: HttpCounts): () => Promise<string> {
  const registry = new Registry();
  const groups = sources.file === null ? [] : readGroups(sources.file);
  const fleet = sources.fleet();
  const ofFleet = fleet === null ? [] : readFleet(fleet);
  for (const reading of [
    ...readChecks(checks),
    ...readReactor(sources),
    ...readHttp(http),
    ...readInstance(sources),
    ...groups,
    ...ofFleet,
  ]) {
    registry.registerMetric(reading as unknown as Metric);
  }
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  return () => registry.metrics();
}

function readChecks(checks: CheckCounts): Reading[] {
  return [
    read('reachd_checks_total', 'counter', 'Checks that have a result, by outcome.', () =>
      checks.checks.map(({ outcome, count }) => ({ labels: { outcome }, value: count })),
    ),
    read('reachd_attempts_total', 'counter', 'Attempts that have ended: each is one connect to one address.', () =>
      checks.attempts.map(({ outcome, family, count }) => ({ labels: { outcome, family }, value: count })),
    ),
    readDurations('reachd_attempt_latency_seconds', 'From the start of a connect to its outcome.', () => [
      { labels: {}, durations: checks.latency },
    ]),
    readDurations('reachd_attempt_rtt_seconds', 'From SYN to SYN-ACK, as the kernel measured it.', () => [
      { labels: {}, durations: checks.rtt },
    ]),
    readDurations('reachd_attempt_queued_seconds', 'What attempts waited inside reachd before their connect.', () => [
      { labels: {}, durations: checks.queued },
    ]),
    readDurations('reachd_dns_lookup_seconds', 'Lookups of names; cached: the answer was still known.', () => [
      { labels: { cached: 'false' }, durations: checks.lookups.asked },
      { labels: { cached: 'true' }, durations: checks.lookups.cached },
    ]),
    read('reachd_syn_retransmits_total', 'counter', 'SYNs that the kernel sent again.', () => [
      { value: checks.synRetransmits },
    ]),
  ];
}

function readReactor({ load, maxInFlight, denials }: MetricsSources): Reading[] {
  const gauge = (name: string, help: string, value: () => number) =>
    read(name, 'gauge', help, () => [{ value: value() }]);
  return [
    gauge('reachd_attempts_in_flight', 'Attempts that are connecting now.', () => load().inFlight),
    gauge('reachd_attempts_queued', 'Attempts that wait for a place in flight now.', () => load().queued),
    gauge('reachd_attempts_limit', 'Attempts that one caller may have in flight.', () => maxInFlight),
    read('reachd_reactor_restarts_total', 'counter', 'How often the worker was lost and another one started.', () => [
      { value: load().restarts },
    ]),
    gauge(
      'reachd_reactor_silent_seconds',
      'For how long the worker has not answered; 0 while it does.',
      () => load().silentMs / 1000,
    ),
    read('reachd_policy_denials_total', 'counter', 'Addresses that a rule of the address policy has denied.', () =>
      [...denials].map(([rule, value]) => ({ labels: { rule }, value })),
    ),
  ];
}

function readHttp(http: HttpCounts): Reading[] {
  const help = 'Requests that are over, by route; code 499: the caller left before its reply.';
  return [
    read('reachd_http_requests_total', 'counter', help, () =>
      http.requests.map(({ count, ...labels }) => ({ labels, value: count })),
    ),
    readDurations('reachd_http_request_duration_seconds', 'From the head of a request to the end of its reply.', () =>
      http.durations.map(({ route, durations }) => ({ labels: { route }, durations })),
    ),
  ];
}

function readInstance({ version }: MetricsSources): Reading[] {
  const labels = { version, node: process.versions.node };
  return [read('reachd_build_info', 'gauge', 'Always 1; its labels say what runs.', () => [{ labels, value: 1 }])];
}

function readDurations(
  name: string,
  help: string,
  all: () => readonly { readonly labels: Labels; readonly durations: DurationHistogram }[],
): Reading {
  return read(name, 'histogram', help, () =>
    all().flatMap(({ labels, durations: { buckets, sumSeconds } }) => [
      ...buckets.map(({ boundSeconds, count }) => ({
        metricName: `${name}_bucket`,
        labels: { ...labels, le: boundSeconds === Infinity ? '+Inf' : String(boundSeconds) },
        value: count,
      })),
      { metricName: `${name}_sum`, labels, value: sumSeconds },
      { metricName: `${name}_count`, labels, value: buckets.at(-1)?.count ?? 0 },
    ]),
  );
}
