import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Period, zone } from './zone.ts';

const from = Date.UTC(1980, 0, 1) / 1000;
const to = Date.UTC(2037, 11, 31) / 1000; // version 1 of the format has 32 bits for a time

/** The periods of a zone from 1980 to 2037, by the tz database of this Node. */
export function periods(name: string): Period[] {
  const found: Period[] = [];
  for (let time = from; time < to; time = found.at(-1)?.end ?? to) found.push(zone(name).period(time));
  return found;
}

/**
 * Writes the time zones that this Node knows as files that Go reads with ZONEINFO=directory. Thus a test that
 * compares with Go compares the arithmetic, and not two releases of the tz database.
 * https://datatracker.ietf.org/doc/html/rfc9636
 */
export function writeZoneinfo(directory: string, names: readonly string[]): void {
  for (const name of names) {
    const file = join(directory, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, tzif(periods(name)));
  }
}

function tzif(all: readonly Period[]): Buffer {
  const offsets = [...new Set(all.map(({ offset }) => offset))];
  const changes = all.slice(1);
  const header = Buffer.alloc(44);
  header.write('TZif');
  for (const [index, count] of [0, 0, 0, changes.length, offsets.length, 2].entries()) {
    header.writeUInt32BE(count, 20 + index * 4);
  }
  const times = Buffer.alloc(changes.length * 4);
  for (const [index, { start }] of changes.entries()) times.writeInt32BE(start, index * 4);
  const types = Buffer.from(changes.map(({ offset }) => offsets.indexOf(offset)));
  const locals = Buffer.alloc(offsets.length * 6);
  for (const [index, offset] of offsets.entries()) locals.writeInt32BE(offset, index * 6);
  return Buffer.concat([header, times, types, locals, Buffer.from('X\0')]);
}
