import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pod } from './pod.ts';

/** Where the logs of a container lie, one file for each time it was started: as the kubelet has them in /var/log/pods. */
export function logDirectory(root: string, { metadata }: Pod, container: string): string {
  const { namespace, name, uid } = metadata;
  return join(root, 'logs', `${namespace}_${name}_${uid}`, container);
}

/** The log of a container since it was last started, or of the time before (`previous`); undefined where there is none. */
export async function logFile(directory: string, previous: boolean): Promise<string | undefined> {
  const files = await readdir(directory).catch(() => []);
  const numbers = files.map((file) => Number.parseInt(file, 10)).sort((a, b) => b - a);
  const number = numbers[previous ? 1 : 0];
  return number === undefined ? undefined : join(directory, `${number}.log`);
}

export interface LogPart {
  /** The last lines only. */
  readonly tailLines?: number | undefined;
  readonly limitBytes?: number | undefined;
  /** Goes on with what is written while this says so. */
  readonly isFollowed: () => boolean;
}

const pieceBytes = 65_536;

/** The contents of a log file, piece by piece. */
export async function* readLog(path: string, part: LogPart, signal: AbortSignal): AsyncGenerator<Buffer> {
  await using file = await open(path);
  let position = await startOf(file, part.tailLines);
  let left = part.limitBytes ?? Number.POSITIVE_INFINITY;
  for (;;) {
    // Asked before the read: what a container wrote last is read after it has ended.
    const goesOn = part.isFollowed();
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(pieceBytes),
      0,
      Math.min(pieceBytes, left),
      position,
    );
    if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
    position += bytesRead;
    left -= bytesRead;
    if (left <= 0 || (bytesRead === 0 && !goesOn)) return;
    if (bytesRead === 0) await delay(100, undefined, { signal });
  }
}

async function startOf(file: Awaited<ReturnType<typeof open>>, lines: number | undefined): Promise<number> {
  if (lines === undefined) return 0;
  let { size: position } = await file.stat();
  if (lines === 0) return position;
  let found = -1; // the end of the last line begins none
  while (position > 0) {
    const length = Math.min(pieceBytes, position);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, position - length);
    for (let index = length - 1; index >= 0; index -= 1) {
      if (buffer[index] === 0x0a && ++found === lines) return position - length + index + 1;
      if (found < 0) found = 0; // a last line without its end
    }
    position -= length;
  }
  return 0;
}
