/**
 * A page whose generated parts are made anew: `parts` by name, each between `<!-- generated: NAME -->` and
 * `<!-- /generated -->`. Throws if the page and `parts` do not have the same names.
 */
export function filledPage(page: string, parts: Readonly<Record<string, string>>): string {
  const left = new Set(Object.keys(parts));
  const filled = page.replace(
    /(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- \/generated -->)/g,
    (_, start: string, name: string, end: string) => {
      const part = parts[name];
      if (part === undefined) throw new Error(`Nothing makes the part ${name} of the page.`);
      left.delete(name);
      return `${start}${part}\n${end}`;
    },
  );
  if (left.size > 0) throw new Error(`The page has no part ${[...left].join(', ')}.`);
  return filled;
}

/** A table in Markdown. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), `|${'---|'.repeat(heads.length)}`, ...rows.map(line)].join('\n');
}
