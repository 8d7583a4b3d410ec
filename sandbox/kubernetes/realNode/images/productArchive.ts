import { createHash } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { baseImages, makeBaseImages } from './baseImages.ts';
import { buildah, imageCache } from './buildah.ts';
import { writeArchive } from './pauseArchive.ts';

/** The name by which nodes have the image that the Dockerfile makes of this working tree. */
export const productImage = 'registry.example.com/database-backup-operator:e2e';

const top = join(import.meta.dirname, '..', '..', '..', '..');
const kept = 3;

/** The archive of our image, built by the Dockerfile from stand-ins unless one of the same content is in the cache. */
export async function productArchive(tell: (line: string) => void): Promise<string> {
  const bases = await makeBaseImages(tell);
  const file = join(imageCache(), `product-${await contentHash(bases)}.tar`);
  if (existsSync(file)) return file;
  await mkdir(imageCache(), { recursive: true });
  tell('Building the image with buildah …');
  const bud = ['bud', '--quiet', '--layers', '--isolation', 'chroot', '--pull-never'];
  const { node, postgres, build } = baseImages;
  const chosen = { NODE_IMAGE: node, POSTGRES_IMAGE: postgres, BUILD_IMAGE: build };
  const buildArgs = Object.entries(chosen).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  await buildah([...bud, ...buildArgs, '--tag', productImage, '--file', join(top, 'Dockerfile'), top]);
  await writeArchive(productImage, file);
  await removeOldest();
  return file;
}

// What .dockerignore lets through, or a little more: a change of a test builds nothing anew.
async function contentHash(bases: string): Promise<string> {
  const sources = ['cli', 'crds', 'operator', 'runner', 'scripts'].map((folder) => `${folder}/**/*`);
  const files = ['Dockerfile', '.dockerignore', 'package.json', 'package-lock.json', '.npmrc', 'LICENSE'];
  const found = globSync(sources, { cwd: top, exclude: ['**/*.test.ts', '**/testdata', '**/*Fixture.ts'] });
  const hash = createHash('sha256').update(bases);
  for (const name of [...files, ...found].sort()) {
    const path = join(top, name);
    if (existsSync(path) && (await stat(path)).isFile())
      hash.update(`\0${name}\0`).update(await readFile(path));
  }
  return hash.digest('hex').slice(0, 16);
}

async function removeOldest(): Promise<void> {
  const names = (await readdir(imageCache())).filter((name) => /^product-\w+\.tar$/.test(name));
  const files = await Promise.all(
    names.map(async (name) => ({ name, time: (await stat(join(imageCache(), name))).mtimeMs })),
  );
  const old = files.sort((a, b) => b.time - a.time).slice(kept);
  for (const { name } of old) await rm(join(imageCache(), name), { force: true });
}
