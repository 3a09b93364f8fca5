import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { renderTable } from '../../scripts/iana.ts';

const GENERATOR = resolve('scripts/iana.ts');
const TABLE = 'src/policy/special-purpose.ts';
const ipv4 = readFileSync('scripts/iana/ipv4-special-registry-2026-11-22.csv', 'utf8');
const ipv6 = readFileSync('scripts/iana/ipv6-special-registry-2026-11-22.csv', 'utf8');

function generate(cwd: string, ...args: string[]): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, [...process.execArgv, GENERATOR, ...args], { cwd, encoding: 'utf8' });
}

t.test('the checked-in table is what the snapshots give', (t) => {
  t.equal(readFileSync(TABLE, 'utf8'), renderTable(ipv4, ipv6));
  t.end();
});

t.test('the generator writes the checked-in table, and --check tells a changed one', (t) => {
  const root = t.testdir();
  mkdirSync(join(root, 'src/policy'), { recursive: true });
  cpSync('scripts/iana', join(root, 'scripts/iana'), { recursive: true });
  t.equal(generate(root).status, 0);
  t.equal(readFileSync(join(root, TABLE), 'utf8'), readFileSync(TABLE, 'utf8'));
  t.equal(generate(root, '--check').status, 0);
  appendFileSync(join(root, TABLE), '\n');
  const checked = generate(root, '--check');
  t.equal(checked.status, 1);
  t.match(checked.stderr, 'is not what the snapshots give');
  rmSync(join(root, TABLE));
  t.not(generate(root, '--check').status, 0, 'a table that is not there is no match');
  t.end();
});

t.test('a block of a new kind stops the generator until someone decides what it means', (t) => {
  const added = `${ipv4.trimEnd()}\r\n198.51.0.0/24,"Something, new",[RFC9999],2027-01,N/A,True,True,True,False,False\r\n`;
  t.throws(
    () => renderTable(added, ipv6),
    new Error('198.51.0.0/24 (Something, new): decide what this block means, in RULES'),
  );
  const reachable = `${ipv4.trimEnd()}\r\n198.51.0.0/24,New,[RFC9999],2027-01,N/A,True,True,True,True,False\r\n`;
  t.match(renderTable(reachable, ipv6), "['198.51.0.0/24', 'public'], // New", 'what is globally reachable is public');
  t.end();
});

t.test('a registry without the column that decides is refused', (t) => {
  for (const csv of ['', 'Address Block,Name\r\n10.0.0.0/8,Private-Use\r\n']) {
    t.throws(() => renderTable(ipv4, csv), new Error('ipv6: the registry has no column "Globally Reachable"'));
  }
  t.end();
});
