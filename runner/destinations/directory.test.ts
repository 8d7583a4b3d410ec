import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '../../sandbox/testing.ts';
import { destinationContract } from './destinationContract.ts';
import { openDirectory } from './directory.ts';

destinationContract('Directory', async (t) => {
  const path = await temporaryDirectory(t);
  return {
    destination: await openDirectory({ path }),
    manyBytes: 3 * 1024 * 1024 + 12_345,
    putForeign: (name, content) => writeFile(join(path, name), content),
    putSubfolder: async (name) => {
      await mkdir(join(path, name));
    },
    openMissing: () => openDirectory({ path: join(path, 'missing') }),
    openFile: async () => {
      await writeFile(join(path, 'file'), 'x');
      return openDirectory({ path: join(path, 'file') });
    },
  };
});
