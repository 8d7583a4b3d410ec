import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', '.sandbox', 'bench-python');
const python = join(folder, 'bin', 'python');
const packages = ['gspread', 'pandas', 'psycopg[binary]'];

/** What to tell where the packages cannot be had. */
export const missingPython = `python3 with ${packages.join(', ')} is not there: no python3-venv, or no PyPI`;

/** A Python of its own with gspread and pandas from PyPI, kept in .sandbox; undefined where it cannot be made. */
export function pythonPeer(): string | undefined {
  const works = () =>
    existsSync(python) && spawnSync(python, ['-c', 'import gspread, pandas, psycopg']).status === 0;
  if (works()) return python;
  console.log('Installing gspread and pandas …');
  spawnSync('python3', ['-m', 'venv', folder], { stdio: 'ignore' });
  spawnSync(python, ['-m', 'pip', 'install', '--quiet', ...packages], { stdio: 'ignore' });
  return works() ? python : undefined;
}
