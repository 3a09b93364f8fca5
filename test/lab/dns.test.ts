// The lab's name server, asked by the system's own resolver from inside the namespace.
import { labTest } from '../support/lab/availability.ts';
import type { DialerMethods } from '../support/lab/dialer.ts';
import { Lab } from '../support/lab/lab.ts';

labTest('names resolve as the table says', async (t) => {
  const lab = await Lab.create({ hosts: '127.0.0.1 localhost\n10.77.1.7 filed.lab\n' });
  t.teardown(() => lab.close());
  const hundred = Array.from({ length: 100 }, (_, index) => `10.77.3.${index + 1}`);
  const [dns, agent] = await Promise.all([
    lab.dns({
      'both.lab': { addresses: ['10.77.1.1', 'fd77::1:1'] },
      'nodata.lab': {},
      'servfail.lab': { rcode: 'SERVFAIL' },
      'silent.lab': { isSilent: true },
      'hundred.lab': { addresses: hundred },
      'slow.lab': { addresses: ['10.77.1.2'], afterMs: 300 },
      'moving.lab': [{ addresses: ['10.77.1.3'] }, { addresses: ['10.77.1.4'] }],
    }),
    lab.agent<DialerMethods>(new URL('../support/lab/dialer.ts', import.meta.url)),
  ]);

  t.same((await agent.call('lookup', 'both.lab')).sort(), ['10.77.1.1', 'fd77::1:1']);
  t.same(await agent.call('lookup', 'filed.lab'), ['10.77.1.7'], 'the namespace has its own hosts file');
  t.same((await agent.call('lookup', 'hundred.lab')).sort(), hundred.sort());
  await t.rejects(agent.call('lookup', 'nowhere.lab'), { code: 'ENOTFOUND' });
  await t.rejects(agent.call('lookup', 'nodata.lab'), { code: 'ENOTFOUND' });
  await t.rejects(agent.call('lookup', 'servfail.lab'), { code: 'EAI_AGAIN' });

  const start = performance.now();
  await t.rejects(agent.call('lookup', 'silent.lab'), { code: 'EAI_AGAIN' });
  const silentMs = performance.now() - start;
  t.ok(silentMs > 900, `the resolver waited ${silentMs} ms for a silent server`);

  const slowStart = performance.now();
  t.same(await agent.call('lookup', 'slow.lab'), ['10.77.1.2']);
  t.ok(performance.now() - slowStart >= 300);

  t.same(await agent.call('lookup', 'moving.lab'), ['10.77.1.3']);
  t.same(await agent.call('lookup', 'moving.lab'), ['10.77.1.4']);
  t.same(await agent.call('lookup', 'moving.lab'), ['10.77.1.4']);
  t.same((await dns.counts())['moving.lab'], { A: 3, AAAA: 3 });

  await dns.answer({ '*': { addresses: ['10.77.1.5'] } });
  t.same(await agent.call('lookup', 'nowhere.lab'), ['10.77.1.5']);
});
