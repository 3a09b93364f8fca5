// The command behind `npm run sbom`, run from the root of the repository: the bill of materials of what is shipped, as
// CycloneDX on standard output, from the lock file alone. `npm sbom --omit=dev` leaves out packages that development needs
// too, zod among them; so npm is shown a project that has no development dependencies.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Manifest {
  devDependencies?: unknown;
}

const directory = mkdtempSync(join(tmpdir(), 'reachd-sbom.'));
try {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: { '': Manifest } };
  delete manifest.devDependencies;
  delete lock.packages[''].devDependencies;
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(directory, 'package-lock.json'), JSON.stringify(lock));
  const asked = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application'];
  process.exitCode = spawnSync('npm', asked, { cwd: directory, stdio: 'inherit' }).status ?? 1;
} finally {
  rmSync(directory, { recursive: true });
}
