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
