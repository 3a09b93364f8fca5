// The same targets through Debian's prometheus-blackbox-exporter and through GET /probe: whoever changes from the one to
// the other finds every metric of its TCP module again, of the same type and with the same meaning.
import t, { type Test } from 'tap';
import { Authority } from '../support/certificates.ts';
import { folderOf, startServer, withoutProgram } from '../support/debian-program.ts';
import { type Exposition, readExposition } from '../support/exposition.ts';
import { closedPort, openPort, silentPort } from '../support/raw-sockets.ts';
import { Service } from '../support/service.ts';
import { plainTarget, tlsTarget } from '../support/tls-targets.ts';

t.setTimeout(300_000);

const EXPORTER = 'prometheus-blackbox-exporter';
const MODULES = `
modules:
  tcp_connect: { prober: tcp, timeout: 1s, tcp: { preferred_ip_protocol: ip4 } }
  tcp_connect_v4: { prober: tcp, timeout: 1s, tcp: { preferred_ip_protocol: ip4, ip_protocol_fallback: false } }
  tcp_connect_v6: { prober: tcp, timeout: 1s, tcp: { preferred_ip_protocol: ip6, ip_protocol_fallback: false } }
`;
/** Whoever wants to know more of a certificate asks POST /check. */
const LEFT_OUT = 'probe_ssl_last_chain_info';
/** Their values are how long something took, which no two probes have in common. */
const DURATIONS = new Set(['probe_duration_seconds', 'probe_dns_lookup_time_seconds']);

async function pageOf(url: string): Promise<Exposition> {
  const reply = await fetch(url);
  if (reply.status !== 200) throw new Error(`${reply.status} of ${url}: ${await reply.text()}`);
  return readExposition(await reply.text());
}

/** Every metric of theirs is in ours, of the same type and with the same value. */
function compare(t: Test, theirs: Exposition, ours: Exposition): void {
  t.ok(theirs.types.size >= 6);
  for (const [name, type] of theirs.types) {
    if (name === LEFT_OUT) continue;
    t.equal(ours.types.get(name), type, `type of ${name}`);
    const [here, there] = [ours.value(name), theirs.value(name)];
    if (DURATIONS.has(name)) t.ok(here !== undefined && here >= 0 && here < 60, name);
    else t.equal(here, there, name);
  }
}

t.test(
  'every metric of its TCP module is there, of the same type and with the same value',
  { skip: withoutProgram(EXPORTER) },
  async (t) => {
    const folder = folderOf(t, { 'blackbox.yml': MODULES });
    const exporter = await startServer(t, EXPORTER, '/-/healthy', (address) => [
      `--config.file=${folder}/blackbox.yml`,
      `--web.listen-address=${address}`,
    ]);
    const reachd = await new Service(t, { env: { DEFAULT_TIMEOUT_MS: '1000' } }).listening();
    const [open, closed, silent, closed6] = [openPort(t), closedPort(t), silentPort(t), closedPort(t, 6)].map(
      ({ port }) => port,
    );
    const rows = [
      ['tcp_connect', `127.0.0.1:${open}`, 1],
      ['tcp_connect', `127.0.0.1:${closed}`, 0],
      ['tcp_connect', `127.0.0.1:${silent}`, 0],
      ['tcp_connect', `[::1]:${closed6}`, 0],
      ['tcp_connect_v4', `localhost:${open}`, 1],
      ['tcp_connect_v6', `[::1]:${closed6}`, 0],
    ] as const;
    for (const [module, target, success] of rows) {
      await t.test(`${module} ${target.replace(/\d+$/, '')} ${success}`, async (t) => {
        const query = `/probe?${new URLSearchParams({ module, target }).toString()}`;
        const [theirs, ours] = await Promise.all([pageOf(exporter + query), pageOf(reachd + query)]);
        t.equal(theirs.value('probe_success'), success, 'it finds what the test made');
        compare(t, theirs, ours);
      });
    }
  },
);

t.test(
  'so are those of its TLS, and a certificate’s where it gives none',
  { skip: withoutProgram(EXPORTER) },
  async (t) => {
    const root = Authority.root(t);
    const tls = `{ tls: true, preferred_ip_protocol: ip4, tls_config: { ca_file: '${root.file}' } }`;
    const folder = folderOf(t, {
      'blackbox.yml': `modules: { tcp_tls: { prober: tcp, timeout: 5s, tcp: ${tls} } }`,
    });
    const exporter = await startServer(t, EXPORTER, '/-/healthy', (address) => [
      `--config.file=${folder}/blackbox.yml`,
      `--web.listen-address=${address}`,
    ]);
    const reachd = await new Service(t, { env: { TLS_CA_FILE: root.file } }).listening();
    const pages = (target: string): Promise<readonly [Exposition, Exposition]> => {
      const query = `/probe?${new URLSearchParams({ module: 'tcp_tls', target }).toString()}`;
      return Promise.all([pageOf(exporter + query), pageOf(reachd + query)]);
    };
    const [good, other] = [root.issue('good', { to: 30 }), root.issue('other', { names: 'DNS:other.test' })];
    const [theirs, ours] = await pages(`localhost:${(await tlsTarget(t, good)).port}`);
    compare(t, theirs, ours);
    t.equal(ours.value('probe_success'), 1);
    t.ok(theirs.types.has('probe_ssl_earliest_cert_expiry') && theirs.types.has('probe_tls_version_info'));
    t.equal(ours.value('probe_tls_version_info', { version: 'TLS 1.3' }), 1);
    t.ok((ours.value('probe_tcp_duration_seconds', { phase: 'tls' }) ?? -1) >= 0);
    const [otherName, greeting] = [
      await tlsTarget(t, other),
      await plainTarget(t, (socket) => socket.end('220 hello\r\n')),
    ];
    for (const port of [otherName.port, greeting, closedPort(t).port]) {
      const [without, here] = await pages(`127.0.0.1:${port}`);
      compare(t, without, here);
      t.equal(here.value('probe_success'), 0);
    }
    const [, named] = await pages(`127.0.0.1:${otherName.port}`);
    t.ok((named.value('probe_ssl_earliest_cert_expiry') ?? 0) > Date.now() / 1000);
  },
);
