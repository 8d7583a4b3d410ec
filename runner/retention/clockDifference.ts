const largest = 5 * 60_000;

/** Why ages cannot be trusted, in words: our clock and the destination's differ by more than five minutes. Else undefined. */
export function clockDifference(ours: Date, theirs: Date): string | undefined {
  const difference = Math.abs(ours.getTime() - theirs.getTime());
  if (difference <= largest) return undefined;
  return `the clocks of runner and destination differ by ${Math.round(difference / 60_000)} minutes`;
}
