// What a probe asks for, and how long it may take.
import t from 'tap';
import { DEFAULTS } from '../../src/config/settings.ts';
import { Contract } from '../../src/contract/contract.ts';
import { ProbeContract, type ProbeModule } from '../../src/contract/probe-question.ts';

function contractOf(limits: Partial<typeof DEFAULTS> = {}, modules: Record<string, ProbeModule> = {}): ProbeContract {
  const config = { ...DEFAULTS, ...limits };
  return new ProbeContract(new Contract(config), () => new Map(Object.entries(modules)), config);
}

const OWN = { slow: { timeoutMs: 9000, expect: 'closed' }, tcp_connect_v6: { family: 'any' } } as const;

t.test('a module is a set of options, and a configuration’s goes before the built-in one', (t) => {
  const contract = contractOf({}, OWN);
  const optionsOf = (module: string) => {
    const parsed = contract.parse({ target: 'db.internal:5432', module, scrapeTimeout: undefined });
    return 'errors' in parsed ? parsed.errors : parsed.question.checks[0]?.options;
  };
  t.match(optionsOf('tcp_connect'), { family: 'any', handshake: 'half', timeoutMs: 3000 });
  t.match(optionsOf('tcp_connect_v4'), { family: 'ipv4' });
  t.match(optionsOf('tcp_tls'), { tls: { verify: true, minDaysLeft: 0 } });
  t.match(optionsOf('tcp_connect_v6'), { family: 'any' });
  t.match(optionsOf('slow'), { timeoutMs: 9000, expect: 'closed' });
  t.match(optionsOf('none'), [
    { path: 'module', message: 'takes one of tcp_connect, tcp_connect_v4, tcp_connect_v6, tcp_tls, slow' },
  ]);
  t.end();
});

t.test('the scrape’s timeout bounds the target’s, and its deadline lies between the two', (t) => {
  const rows = [
    // scrape, module, limits → timeout, deadline
    [undefined, 'tcp_connect', {}, 3000, null],
    [undefined, 'tcp_connect', { maxDeadlineMs: 2000 }, 3000, 2000],
    [undefined, 'slow', { maxTimeoutMs: 5000 }, 5000, null],
    ['10', 'tcp_connect', {}, 3000, 9750],
    ['10', 'slow', {}, 9000, 9750],
    ['10', 'slow', { maxTimeoutMs: 5000 }, 5000, 9750],
    ['10', 'slow', { maxDeadlineMs: 2000 }, 9000, 2000],
    ['2.5', 'tcp_connect', {}, 2000, 2250],
    ['1', 'tcp_connect', {}, 500, 750],
    ['0.5', 'tcp_connect', {}, 250, 375],
    ['0.001', 'tcp_connect', {}, 10, 10],
    ['999999999', 'tcp_connect', {}, 3000, 3_600_000],
  ] as const;
  for (const [scrapeTimeout, module, limits, timeoutMs, deadlineMs] of rows) {
    const parsed = contractOf(limits, OWN).parse({ target: '127.0.0.1:1', module, scrapeTimeout });
    const label = JSON.stringify([scrapeTimeout, module, limits]);
    t.match(parsed, { timeoutMs, question: { deadlineMs, checks: [{ options: { timeoutMs } }] } }, label);
  }
  t.end();
});

t.test('what is wrong is told by the name that the query has for it', (t) => {
  const contract = contractOf();
  const errorsOf = (target: string, scrapeTimeout?: string) => {
    const parsed = contract.parse({ target, module: 'tcp_connect_v4', scrapeTimeout });
    return 'errors' in parsed ? parsed.errors : [];
  };
  t.match(errorsOf('db.internal'), [{ path: 'target', message: /port is missing/ }]);
  t.match(errorsOf('[::1]:80'), [{ path: 'target', message: /family is ipv4/ }]);
  for (const wrong of ['', '0', '-1', '1e3', 'ten', '1s', ' 1', '0x10', 'Infinity']) {
    t.match(
      errorsOf('127.0.0.1:1', wrong),
      [{ path: 'x-prometheus-scrape-timeout-seconds', message: /above 0/ }],
      wrong,
    );
  }
  t.end();
});
