import { readFileSync } from 'node:fs';

/**
 * Prints `{"peakBytes": …, …facts}` as the last line of a measured program: the high-water mark of its resident memory, where
 * the system keeps one.
 */
export function tellPeak(facts: Record<string, number> = {}): void {
  let peakBytes: number | undefined;
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    peakBytes = kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    // No /proc: measure() then has nothing either, and the row says so.
  }
  console.log(JSON.stringify({ peakBytes, ...facts }));
}

/** What the bench handed to a measured program: JSON in BENCH_INPUT. */
export function benchInput<Input>(): Input {
  return JSON.parse(process.env.BENCH_INPUT ?? '{}') as Input;
}
