import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { fullRows } from './options.ts';

const unit = 2 ** 20;

/** Bytes of a file that stands for a backup of so many rows: 1 GiB at full size. */
export function fileBytes(rows: number): number {
  return Math.max(Math.min(Math.round((1024 * rows) / fullRows), 1024), 1) * unit;
}

/** Writes a file that nothing can be saved on. */
export async function randomFile(path: string, bytes: number): Promise<void> {
  await pipeline(randomParts(bytes), createWriteStream(path));
}

function* randomParts(bytes: number): Generator<Buffer> {
  for (let made = 0; made < bytes; made += unit) yield randomBytes(unit);
}
