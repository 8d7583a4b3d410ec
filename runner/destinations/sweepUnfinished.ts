import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './directoryError.ts';
import { parseTags, sidecarFolder } from './sidecar.ts';

const hourMs = 3_600_000;
const weekMs = 7 * 24 * hourMs;

/**
 * Removes what killed runs left unfinished: an hour after the deadline in the tags, or a week after the last write
 * where the deadline is not known (the time for which Google keeps a session).
 */
export async function sweepUnfinished(folder: string, now: Date): Promise<void> {
  const inside = join(folder, sidecarFolder);
  for (const entry of await readdir(inside)) {
    if (!entry.endsWith('.part')) continue;
    const path = join(inside, entry);
    const over = await overAt(path);
    if (over === undefined || now.getTime() < over) continue;
    await rm(path, { force: true });
    await rm(`${path}.json`, { force: true });
  }
}

async function overAt(path: string): Promise<number | undefined> {
  try {
    const { mtimeMs } = await stat(path);
    const deadline = Date.parse((await tagsOf(`${path}.json`))?.deadline ?? '');
    return Number.isNaN(deadline) ? mtimeMs + weekMs : deadline + hourMs;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function tagsOf(path: string) {
  try {
    return parseTags(JSON.parse(await readFile(path, 'utf8')).tags);
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
