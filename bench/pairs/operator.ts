import { join } from 'node:path';
import { measure } from '../measure.ts';
import { measureOperator, type OperatorFacts } from '../operator/measureOperator.ts';
import { growthRows, operatorRows } from '../operator/operatorRows.ts';
import { fullRows } from '../options.ts';
import type { Pair } from '../pair.ts';

const sizes = [1000, 5000];
const idleSeconds = 300;

/**
 * The operator with 1,000 DatabaseBackups, then with 5,000, on a control plane of its own without a node. Each once, whatever
 * --runs says: it takes some 20 minutes, ten of them idle. With fewer rows than all there are fewer backups.
 */
export const operator: Pair = {
  name: 'operator',
  runs: 1,
  async run(bench) {
    const build = join(import.meta.dirname, '..', '..', 'scripts', 'build.ts');
    await measure(process.execPath, [build], { signal: bench.signal });
    const part = Math.min(1, bench.options.rows / fullRows);
    const facts: OperatorFacts[] = [];
    for (const size of sizes) {
      const count = Math.max(10, Math.round(size * part));
      facts.push(await measureOperator(bench, count, Math.max(10, idleSeconds * part)));
    }
    return [...facts.flatMap(operatorRows), ...growthRows(facts)];
  },
};
