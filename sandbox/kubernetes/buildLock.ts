import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

const beat = 5_000;
const patience = 60_000;

/**
 * Runs `work` while no other process does so with the same lock file. Others wait, and call `waiting` once.
 * The holder touches the file every 5 s: a lock of a dead process of this host is taken over at once, one
 * that nobody has touched for a minute as well.
 */
export async function withLock<Result>(
  file: string,
  work: () => Promise<Result>,
  { signal, waiting }: { signal?: AbortSignal | undefined; waiting?: () => void } = {},
): Promise<Result> {
  const mark = `${hostname()} ${process.pid} ${randomBytes(8).toString('hex')}\n`;
  for (let isTold = false; !(await take(file, mark)); await delay(200, undefined, { signal })) {
    const holder = await readHolder(file);
    if (holder && isStale(holder)) {
      await takeAway(file, holder.mark);
      continue;
    }
    if (!isTold) waiting?.();
    isTold = true;
  }
  const heart = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => {}); // taken over: two of us work, and both come to the same result
  }, beat);
  heart.unref();
  try {
    return await work();
  } finally {
    clearInterval(heart);
    if ((await readHolder(file))?.mark === mark) await rm(file, { force: true });
  }
}

interface Holder {
  mark: string;
  touched: number;
}

async function take(file: string, mark: string): Promise<boolean> {
  try {
    await writeFile(file, mark, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    const [mark, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    return { mark, touched: mtimeMs };
  } catch {
    return undefined; // released in between
  }
}

function isStale({ mark, touched }: Holder): boolean {
  if (Date.now() - touched > patience) return true;
  const [host, pid] = mark.split(' ');
  if (host !== hostname() || pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

// Another may have taken it over since we looked: what we moved away must be what we judged.
async function takeAway(file: string, mark: string): Promise<void> {
  const aside = `${file}.${randomBytes(8).toString('hex')}`;
  try {
    await rename(file, aside);
    if ((await readFile(aside, 'utf8')) === mark) await rm(aside);
    else await rename(aside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
