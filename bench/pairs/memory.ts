import { repeat } from '../alternate.ts';
import type { Measured } from '../measure.ts';
import type { Pair } from '../pair.ts';
import { missingPeer, peer } from '../peers.ts';
import { inMebibytes, median, memoryRow, missingRow, type Row } from '../row.ts';
import { uploadedBackup } from '../uploadedBackup.ts';

const mebibytes = 200;

/** Peak memory of whole backups of A and of 4 × A in four formats, uploaded to the fake Google; pg_dump's is told beside it. */
export const memory: Pair = {
  name: 'memory',
  async run(bench) {
    const pgDump = peer('pg_dump');
    if (pgDump === undefined) return [missingRow('memory of all four formats', 1.1, missingPeer('pg_dump'))];
    const once = await repeat(bench.options.runs, () => uploadedBackup(bench, 'a', pgDump));
    const fourfold = await repeat(bench.options.runs, () => uploadedBackup(bench, 'fourfold', pgDump));
    return [
      memoryRow('memory: all four of A, uploaded', mebibytes, once),
      memoryRow('memory: all four of 4 × A, uploaded', mebibytes, fourfold),
      growth(once, fourfold),
    ];
  },
};

function growth(once: readonly Measured[], fourfold: readonly Measured[]): Row {
  const peak = (runs: readonly Measured[]) => median(runs.map(({ peakBytes }) => peakBytes ?? Number.NaN));
  const ratio = peak(fourfold) / peak(once);
  const pgDump = Math.max(...[...once, ...fourfold].map(({ childrenBytes }) => childrenBytes));
  return {
    work: 'memory: 4 × A against A (medians)',
    ours: inMebibytes(peak(fourfold)),
    peer: `A: ${inMebibytes(peak(once))}; pg_dump beside it: ${inMebibytes(pgDump)}`,
    figure: `${ratio.toFixed(2)} ×`,
    limit: '0.90–1.10 ×',
    ok: Number.isNaN(ratio) ? undefined : ratio >= 0.9 && ratio <= 1.1,
  };
}
