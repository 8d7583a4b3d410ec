import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the chart. */
export const chartFolder = join(import.meta.dirname, 'database-backup-operator');

/** Path of the chart from the top of the project. */
export const chartPath = 'charts/database-backup-operator';

const top = join(import.meta.dirname, '..');

/** Text of a file, by its path from the top of the project. */
export function projectFile(path: string): string {
  return readFileSync(join(top, path), 'utf8');
}
