import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { findOnPath } from '../../../postgres/findProgram.ts';
import { runProgram } from '../../../processes/runProgram.ts';
import { program } from '../requirements.ts';
import { buildah, imageCache } from './buildah.ts';

/** Stand-ins for the Dockerfile's bases, under the names by which registries have the real ones. */
export const baseImages = {
  node: 'docker.io/library/node:26-trixie-slim',
  postgres: 'docker.io/library/postgres:17-trixie',
  /** `node` again, with this host's certificates: npm fetches packages in it. */
  build: 'localhost/dbbackup-build:26-trixie-slim',
} as const;

const recipeLabel = 'dev.dbbackup.recipe';
// Each number goes up with what is done here.
const recipe = () => `2 ${process.version} ${process.arch}`;

/** Makes the stand-ins unless they are there: Debian by debootstrap, our pinned node, npm of this host. Gives their hash. */
export async function makeBaseImages(tell: (line: string) => void): Promise<string> {
  const hash = createHash('sha256').update(recipe()).digest('hex').slice(0, 16);
  const names = Object.values(baseImages);
  const recipes = await Promise.all(names.map(recipeOf));
  if (recipes.every((known) => known === hash)) return hash;
  tell('Making stand-ins for the base images with debootstrap: once for this machine, about two minutes.');
  const cache = imageCache();
  await mkdir(cache, { recursive: true });
  const directory = await mkdtemp(join(cache, 'making-'));
  try {
    await debian(directory, hash);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return hash;
}

async function recipeOf(image: string): Promise<string | undefined> {
  const format = `{{index .OCIv1.Config.Labels "${recipeLabel}"}}`;
  return (await buildah(['inspect', '--type', 'image', '--format', format, image]).catch(() => ''))
    .trim()
    .replace('<no value>', '');
}

async function debian(directory: string, hash: string): Promise<void> {
  const root = join(directory, 'root');
  const packages = 'ca-certificates,libatomic1,libstdc++6';
  await runProgram(program('debootstrap') ?? 'debootstrap', [
    ...['--variant=minbase', `--include=${packages}`, 'trixie', root],
  ]);
  const postgres = await container(root);
  const install = 'apt-get install -y --no-install-recommends postgresql-client-17';
  await buildah(['run', '--isolation', 'chroot', postgres, '--', 'sh', '-c', `apt-get update && ${install}`]);
  await commit(postgres, baseImages.postgres, hash);

  await addNode(root);
  const node = await container(root);
  await buildah(['config', '--env', `NODE_VERSION=${process.versions.node}`, '--cmd', 'node', node]);
  await commit(node, baseImages.node, hash);

  const build = (await buildah(['from', '--pull-never', baseImages.node])).trim();
  const certificates = '/etc/ssl/certs/ca-certificates.crt';
  if (existsSync(certificates)) await buildah(['copy', build, certificates, certificates]);
  await buildah(['config', '--env', `NODE_EXTRA_CA_CERTS=${certificates}`, build]);
  await buildah(['config', '--env', `NPM_CONFIG_CAFILE=${certificates}`, build]);
  await commit(build, baseImages.build, hash);
}

async function container(root: string): Promise<string> {
  const name = (await buildah(['from', 'scratch'])).trim();
  await buildah(['add', name, root, '/']);
  return name;
}

async function commit(container: string, image: string, hash: string): Promise<void> {
  await buildah(['config', '--label', `${recipeLabel}=${hash}`, container]);
  await buildah(['commit', '--rm', container, image]);
}

// As node's own image has them.
async function addNode(root: string): Promise<void> {
  const local = join(root, 'usr', 'local');
  const node = createRequire(import.meta.url).resolve('node/bin/node');
  await copyFile(node, join(local, 'bin', 'node'));
  const npm = findOnPath('npm');
  if (!npm) throw new Error('npm is not on PATH.');
  const modules = join(local, 'lib', 'node_modules');
  await mkdir(modules, { recursive: true });
  await cp(dirname(dirname(await realpath(npm))), join(modules, 'npm'), { recursive: true });
  for (const name of ['npm', 'npx'])
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name));
  await writeFile(join(local, 'bin', 'docker-entrypoint.sh'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
}
