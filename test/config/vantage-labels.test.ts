// VANTAGE_LABELS as the downward API of Kubernetes fills it in.
import t from 'tap';
import { labelsOf } from '../../src/config/fleet-settings.ts';
import { readConfig } from '../../src/config/config.ts';

function labels(VANTAGE_LABELS: string): Readonly<Record<string, string>> {
  const env = { VANTAGE_LABELS, NATS_URL: '127.0.0.1' };
  const { config } = readConfig({ env, flags: new Map(), maxAttempts: Infinity, maxHeldMb: 400, hostName: 'node-a' });
  return labelsOf(config.vantageLabels);
}

t.test('a label without a value is none, so that a node without a zone starts as well', (t) => {
  t.same(labels('zone=eu-1a,region=eu'), { zone: 'eu-1a', region: 'eu' });
  t.same(labels('zone=,region=eu'), { region: 'eu' });
  t.same(labels('zone=,region='), {});
  t.end();
});

t.test('what is no label stops the start', (t) => {
  for (const text of ['zone', '=eu', 'zone=a,zone=b', 'zone=a b', 'zone=a,']) {
    t.throws(() => labels(text), /^VANTAGE_LABELS=.* is not valid/, text);
  }
  t.end();
});
