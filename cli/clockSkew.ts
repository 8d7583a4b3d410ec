import type { Clock } from '../runner/destinations/clock.ts';
import type { Destination, DestinationState } from '../runner/destinations/destination.ts';
import { clockDifference } from '../runner/retention/clockDifference.ts';

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
