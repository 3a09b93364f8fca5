// The same targets through Debian's prometheus-blackbox-exporter and through GET /probe: whoever changes from the one to
// the other finds every metric of its TCP module again, of the same type and with the same meaning.
import t from 'tap';
import { folderOf, startServer, withoutProgram } from '../support/debian-program.ts';
import { type Exposition, readExposition } from '../support/exposition.ts';
import { closedPort, openPort, silentPort } from '../support/raw-sockets.ts';
import { Service } from '../support/service.ts';

t.setTimeout(300_000);

const EXPORTER = 'prometheus-blackbox-exporter';
const MODULES = `
modules:
  tcp_connect: { prober: tcp, timeout: 1s, tcp: { preferred_ip_protocol: ip4 } }
  tcp_connect_v4: { prober: tcp, timeout: 1s, tcp: { preferred_ip_protocol: ip4, ip_protocol_fallback: false } }
  tcp_connect_v6: { prober: tcp, timeout: 1s, tcp: { preferred_ip_protocol: ip6, ip_protocol_fallback: false } }
`;
/** Their values are how long something took, which no two probes have in common. */
const DURATIONS = new Set(['probe_duration_seconds', 'probe_dns_lookup_time_seconds']);

async function pageOf(url: string): Promise<Exposition> {
  const reply = await fetch(url);
  if (reply.status !== 200) throw new Error(`${reply.status} of ${url}: ${await reply.text()}`);
  return readExposition(await reply.text());
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
        t.ok(theirs.types.size >= 6);
        t.equal(theirs.value('probe_success'), success, 'it finds what the test made');
        for (const [name, type] of theirs.types) {
          t.equal(ours.types.get(name), type, `type of ${name}`);
          const [here, there] = [ours.value(name), theirs.value(name)];
          if (DURATIONS.has(name)) t.ok(here !== undefined && here >= 0 && here < 60, name);
          else t.equal(here, there, name);
        }
      });
    }
  },
);
