import type { Measured } from './measure.ts';

/** A line of the table. */
export interface Row {
  readonly work: string;
  readonly ours: string;
  readonly peer: string;
  /** What is compared with the limit: "0.73 ×", "142 MiB". */
  readonly figure: string;
  readonly limit: string;
  /** Undefined: there is no limit, or the peer is missing. */
  readonly ok: boolean | undefined;
}

/** The middle value; of an even number of values the lower middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new Error('there is no median of nothing');
  return middle;
}

/** "2.59 s", below a second "0.081 s". */
export function inSeconds(seconds: number): string {
  return `${seconds.toFixed(seconds < 1 ? 3 : 2)} s`;
}

/** "142 MiB". */
export function inMebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

/** Median time and greatest memory of several runs: "2.59 s, 70 MiB". */
export function summary(runs: readonly Measured[]): string {
  const peaks = runs.flatMap(({ peakBytes }) => peakBytes ?? []);
  const memory = peaks.length === 0 ? '' : `, ${inMebibytes(Math.max(...peaks))}`;
  return `${inSeconds(median(runs.map(({ seconds }) => seconds)))}${memory}`;
}

/** Ours against a peer by the medians of their times. */
export function ratioRow(
  work: string,
  limit: number,
  { ours, peer }: { ours: readonly Measured[]; peer: readonly Measured[] },
  peerName: string,
): Row {
  const time = (runs: readonly Measured[]) => median(runs.map(({ seconds }) => seconds));
  const ratio = time(ours) / time(peer);
  return {
    work,
    ours: summary(ours),
    peer: `${peerName}: ${summary(peer)}`,
    figure: `${ratio.toFixed(2)} ×`,
    limit: `≤ ${limit.toFixed(2)} ×`,
    ok: ratio <= limit,
  };
}

/** A row for a peer that is not there. */
export function missingRow(work: string, limit: number, why: string): Row {
  return { work, ours: 'not run', peer: why, figure: '–', limit: `≤ ${limit.toFixed(2)} ×`, ok: undefined };
}

/** Memory against a fixed limit. */
export function memoryRow(work: string, mebibytes: number, runs: readonly Measured[]): Row {
  const peaks = runs.flatMap(({ peakBytes }) => peakBytes ?? []);
  const limit = `≤ ${mebibytes} MiB`;
  if (peaks.length === 0) {
    return { work, ours: 'not known on this system', peer: '–', figure: '–', limit, ok: undefined };
  }
  const peak = Math.max(...peaks);
  return {
    work,
    ours: summary(runs),
    peer: '–',
    figure: inMebibytes(peak),
    limit,
    ok: peak <= mebibytes * 2 ** 20,
  };
}
