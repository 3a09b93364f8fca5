// Whether this machine can have a lab, and what its absence means to a test run.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import t, { type Test } from 'tap';

let known: string | false | undefined;

/** Why there can be no lab here, or false if there can. */
export function labUnavailable(): string | false {
  known ??= findReason();
  return known;
}

/**
 * A test that needs the lab. Without one it is skipped, with the reason; in CI it fails, with the reason: a machine that
 * is meant to prove something must not fall silent.
 */
export function labTest(name: string, body: (t: Test) => unknown, reason = labUnavailable()): void {
  if (reason !== false && process.env['CI'] === 'true') {
    t.test(name, (t) => {
      t.fail(`CI needs the packet lab: ${reason}`);
      t.end();
    });
    return;
  }
  t.test(name, { skip: reason }, body);
}

function findReason(): string | false {
  if (process.platform !== 'linux') return 'the packet lab needs Linux';
  if (process.getuid?.() !== 0) return 'the packet lab needs root';
  if (!existsSync('/dev/net/tun')) return 'the packet lab needs /dev/net/tun';
  if (!succeeds('ip', '-V')) return 'the packet lab needs iproute2';
  if (!succeeds('nft', '--version')) return 'the packet lab needs nftables';
  const name = `reachd-${process.pid}-0`;
  const isAllowed = succeeds('ip', 'netns', 'add', name) && succeeds('ip', 'netns', 'delete', name);
  return isAllowed ? false : 'the packet lab needs the right to make network namespaces';
}

function succeeds(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
