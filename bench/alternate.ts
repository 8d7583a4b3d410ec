import { execFileSync } from 'node:child_process';
import type { Measured } from './measure.ts';

type Side = () => Promise<Measured>;

/**
 * Runs two sides in turn (ours first, then the peer first, and so on), so that whatever else the machine does falls on
 * both. Before each run the disk's queue is emptied: what one has written is not paid for by the other.
 */
export async function alternate(
  runs: number,
  sides: { ours: Side; peer: Side },
): Promise<{ ours: Measured[]; peer: Measured[] }> {
  const measured = { ours: [] as Measured[], peer: [] as Measured[] };
  for (let run = 0; run < runs; run++) {
    const order = run % 2 === 0 ? (['ours', 'peer'] as const) : (['peer', 'ours'] as const);
    for (const side of order) measured[side].push(await settled(sides[side]));
  }
  return measured;
}

/** Runs one side several times. */
export async function repeat(runs: number, side: Side): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (let run = 0; run < runs; run++) measured.push(await settled(side));
  return measured;
}

async function settled(side: Side): Promise<Measured> {
  execFileSync('sync');
  return side();
}
