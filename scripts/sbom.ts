import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// `npm run sbom`: the bill of materials of the bundles as CycloneDX JSON on standard output. The same file lies in the image:
// /opt/dbbackup/sbom.cdx.json. Debian's packages of an image stand in its /var/lib/dpkg, which scanners read.

const directory = await mkdtemp(join(tmpdir(), 'dbbackup-sbom-'));
try {
  const args = [join(import.meta.dirname, 'build.ts'), directory];
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exitCode = 1;
  else process.stdout.write(await readFile(join(directory, 'sbom.cdx.json'), 'utf8'));
} finally {
  await rm(directory, { recursive: true, force: true });
}
