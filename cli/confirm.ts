import { createInterface } from 'node:readline/promises';
import type { IO } from './io.ts';

/** Whether a person can be asked. */
export function isTerminal({ stdin }: Pick<IO, 'stdin'>): boolean {
  return (stdin as { isTTY?: boolean }).isTTY === true;
}

/** Asks on the terminal; only y and yes are a yes. */
export async function confirm(
  question: string,
  { stdin, stdout }: IO,
  signal: AbortSignal,
): Promise<boolean> {
  using lines = createInterface({ input: stdin, output: stdout });
  const answer = await lines.question(`${question} [y/N] `, { signal });
  return /^y(es)?$/i.test(answer.trim());
}
