/** Waits that double from one failure to the next, in milliseconds. */
export interface BackoffPolicy {
  readonly firstMs: number;
  readonly capMs: number;
}

/** The wait after so many failures in a row (1 is the first): between half of the doubled value and all of it. */
export function backoffMs(policy: BackoffPolicy, failures: number, random: () => number): number {
  const bound = Math.min(policy.capMs, policy.firstMs * 2 ** Math.max(0, failures - 1));
  return bound * (0.5 + random() / 2);
}
