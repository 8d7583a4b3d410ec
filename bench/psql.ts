import { type Measured, measure } from './measure.ts';
import type { Workbench } from './workbench.ts';

/** Runs psql on a database of the bench, without anybody's psqlrc. */
export function psql(
  bench: Workbench,
  path: string,
  uri: string,
  args: readonly string[],
): Promise<Measured> {
  const env = { ...process.env, PGCLIENTENCODING: 'UTF8', PGSSLMODE: 'disable' };
  return measure(path, ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', uri, ...args], {
    env,
    signal: bench.signal,
  });
}
