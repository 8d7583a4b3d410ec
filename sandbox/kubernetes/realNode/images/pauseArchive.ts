import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runProgram } from '../../../processes/runProgram.ts';
import { pauseImage } from '../containerdConfig.ts';
import { buildah, imageCache } from './buildah.ts';

/** The archive of the image that holds a pod's namespaces open: this host's `sleep` and the libraries it needs. */
export async function pauseArchive(): Promise<string> {
  const file = join(imageCache(), 'pause.tar');
  if (existsSync(file)) return file;
  await mkdir(imageCache(), { recursive: true });
  const directory = await mkdtemp(join(imageCache(), 'making-'));
  try {
    const sleep = '/bin/sleep';
    const libraries = [...(await runProgram('ldd', [sleep])).matchAll(/(\/\S+) \(0x/g)].map(
      ([, path]) => path,
    );
    for (const path of [sleep, ...libraries.filter((path) => path !== undefined)]) {
      await mkdir(join(directory, 'root', dirname(path)), { recursive: true });
      await copyFile(path, join(directory, 'root', path));
    }
    const container = (await buildah(['from', 'scratch'])).trim();
    await buildah(['add', container, join(directory, 'root'), '/']);
    await buildah(['config', '--user', '65535:65535', container]);
    await buildah(['config', '--entrypoint', JSON.stringify([sleep, 'infinity']), container]);
    await buildah(['commit', '--rm', container, pauseImage]);
    await writeArchive(pauseImage, file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return file;
}

/** Writes an image of our store as an archive, which is there whole or not at all. */
export async function writeArchive(image: string, file: string): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  await rm(temporary, { force: true });
  await buildah(['push', '--quiet', image, `docker-archive:${temporary}:${image}`]);
  await rename(temporary, file);
}
