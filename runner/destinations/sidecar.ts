import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileTags } from './destination.ts';
import { errorCode } from './directoryError.ts';

/** The folder inside the destination that holds unfinished files (`NAME.part`) and sidecars (`NAME.json`). */
export const sidecarFolder = '.dbbackup';

/** What we know of a file beyond its bytes. */
export interface Sidecar {
  readonly bytes: number;
  readonly sha256: string;
  /** Of the file when the checksum was taken; another one means that the checksum has to be taken again. */
  readonly mtimeNs: string;
  /** RFC 3339, by the clock of the file system. */
  readonly createdAt: string;
  readonly tags?: FileTags;
}

/** Where the sidecar of a finished file lies; of an unfinished one with `unfinished`. */
export function sidecarPath(folder: string, name: string, unfinished = false): string {
  return join(folder, sidecarFolder, unfinished ? `${name}.part.json` : `${name}.json`);
}

/**
 * The sidecar of a file; undefined if there is none or it is damaged. A run that was killed just before its last
 * step leaves it beside the unfinished file, so it is looked for there too.
 */
export async function readSidecar(folder: string, name: string): Promise<Sidecar | undefined> {
  for (const unfinished of [false, true]) {
    try {
      const text = await readFile(sidecarPath(folder, name, unfinished), 'utf8');
      const sidecar = parseSidecar(text);
      if (sidecar) return sidecar;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
  return undefined;
}

/** Writes a JSON file so that a crash leaves the old or the new one. */
export async function writeJSON(path: string, value: object): Promise<void> {
  const temporary = `${path}.tmp`;
  const handle = await open(temporary, 'w', 0o644);
  try {
    await handle.writeFile(`${JSON.stringify(value, undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}

function parseSidecar(text: string): Sidecar | undefined {
  let value: Partial<Record<keyof Sidecar, unknown>>;
  try {
    value = { ...JSON.parse(text) };
  } catch {
    return undefined;
  }
  const { bytes, sha256, mtimeNs, createdAt } = value;
  if (typeof bytes !== 'number' || typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
    return undefined;
  if (typeof mtimeNs !== 'string' || typeof createdAt !== 'string' || Number.isNaN(Date.parse(createdAt))) {
    return undefined;
  }
  const tags = parseTags(value.tags);
  return { bytes, sha256, mtimeNs, createdAt, ...(tags ? { tags } : {}) };
}

/** The tags in a sidecar; undefined unless all three are texts. */
export function parseTags(value: unknown): FileTags | undefined {
  const { owner, set, deadline } = { ...(value as Partial<Record<keyof FileTags, unknown>> | undefined) };
  if (typeof owner !== 'string' || typeof set !== 'string' || typeof deadline !== 'string') return undefined;
  return { owner, set, deadline };
}
