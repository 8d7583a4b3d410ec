import type { Row } from './row.ts';
import type { Workbench } from './workbench.ts';

/** One comparison: what `npm run bench -- NAME` runs. */
export interface Pair {
  readonly name: string;
  /** How often each side runs, whatever the command line says; left out: as often as it says. */
  readonly runs?: number;
  run(bench: Workbench): Promise<readonly Row[]>;
}
