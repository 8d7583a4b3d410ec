import type { Clock } from '../destinations/clock.ts';
import type { Destination, DestinationState } from '../destinations/destination.ts';

const largest = 5 * 60_000;

/**
 * Why ages cannot be trusted, in words: our clock and the destination's differ by more than five minutes. Else
 * undefined. Where the answer took time, `ours` is from before the question and `oursAfter` from after the answer.
 */
export function clockDifference(ours: Date, theirs: Date, oursAfter: Date = ours): string | undefined {
  const ahead = Math.min(ours.getTime(), oursAfter.getTime()) - theirs.getTime();
  const behind = theirs.getTime() - Math.max(ours.getTime(), oursAfter.getTime());
  const difference = Math.max(ahead, behind);
  if (difference <= largest) return undefined;
  return `the clocks of runner and destination differ by ${Math.round(difference / 60_000)} minutes`;
}

export interface TimedState {
  readonly state: DestinationState;
  /** How the destination's clock differs so much from ours that nothing is pruned, in words. Else undefined. */
  readonly skew: string | undefined;
}

/** Inspects a destination and compares its clock with ours. Throws what inspect throws. */
export async function inspectTimed(
  destination: Destination,
  { now }: Pick<Clock, 'now'>,
  signal: AbortSignal,
): Promise<TimedState> {
  const asked = now();
  const state = await destination.inspect(signal);
  return { state, skew: clockDifference(asked, state.now, now()) };
}
