/** A number from the last line that a program of ours printed. Throws if it is not the one expected. */
export function expectFact(output: string, name: string, expected: number): void {
  const facts = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '{}') as Record<string, unknown>;
  if (facts[name] !== expected) {
    throw new Error(`A run gave ${facts[name]} ${name} instead of ${expected}: its time means nothing.`);
  }
}
