import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import type { FakeGoogle } from './fakeControls.ts';

const run = promisify(execFile);
const folder = join(import.meta.dirname, '..', '..', '.sandbox', 'gspread');
const python = join(folder, 'bin', 'python');

/** A spreadsheet as gspread reads it. */
export interface GspreadSpreadsheet {
  readonly id: string;
  readonly tabs: readonly {
    readonly title: string;
    readonly hidden: boolean;
    readonly values: readonly (readonly unknown[])[];
  }[];
}

/** Finds a spreadsheet by its name and reads all of it with python's gspread; where that cannot be had the test is skipped. */
export async function gspreadRead(
  t: TestContext,
  fake: FakeGoogle,
  name: string,
): Promise<GspreadSpreadsheet | undefined> {
  if (!(await hasGspread())) {
    t.skip('gspread cannot be installed: no python3-venv, or no PyPI');
    return undefined;
  }
  const job = { url: fake.url, accessToken: fake.issueAccessToken(), name };
  const script = join(import.meta.dirname, 'gspreadRead.py');
  const { stdout } = await run(python, ['-B', script, JSON.stringify(job)]);
  return JSON.parse(stdout) as GspreadSpreadsheet;
}

/** Debian has no package of it: it lives in an environment of its own, which is made once. */
async function hasGspread(): Promise<boolean> {
  const works = (command: string, ...words: string[]) =>
    run(command, words).then(
      () => true,
      () => false,
    );
  if (await works(python, '-c', 'import gspread')) return true;
  if (!(await works('python3', '-m', 'venv', folder))) return false;
  return works(python, '-m', 'pip', 'install', '--quiet', 'gspread==6.2.1');
}
