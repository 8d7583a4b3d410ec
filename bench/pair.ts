import type { Row } from './row.ts';
import type { Workbench } from './workbench.ts';

/** One comparison: what `npm run bench -- NAME` runs. */
export interface Pair {
  readonly name: string;
  run(bench: Workbench): Promise<readonly Row[]>;
}
