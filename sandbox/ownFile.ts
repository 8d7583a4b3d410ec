import { readFile, rm, writeFile } from 'node:fs/promises';

/** A file that this process wrote for a person, and takes away again. */
export interface OwnFile extends AsyncDisposable {
  readonly path: string;
}

/** Writes a file for its owner's eyes only. Disposal removes it, unless somebody else has written it anew since. */
export async function writeOwnFile(path: string, content: string): Promise<OwnFile> {
  await writeFile(path, content, { mode: 0o600 });
  return {
    path,
    async [Symbol.asyncDispose]() {
      const current = await readFile(path, 'utf8').catch(() => undefined);
      if (current === content) await rm(path, { force: true });
    },
  };
}
