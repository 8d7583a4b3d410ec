import type { ReportContent } from './reportContent.ts';

/** The report as plain text, for terminals and mail programs without HTML. */
export function textPart(content: ReportContent): string {
  const sections = [
    [`${content.symbol} ${content.headline}: ${content.name}`, content.summary],
    failure(content),
    list('Warnings', content.warnings),
    columns(content.facts.map(([label, value]) => [`${label}:`, value])),
    written(content),
    list('Notes', content.notes),
    tables(content),
    retention(content),
    content.stages.length === 0 ? [] : [`Stages: ${content.stages.join(', ')}`],
    restore(content),
    content.shortened ? ['Details were left out of this report.'] : [],
    ['-- ', 'Sent by database-backup-operator. This mail holds no rows of the database.'],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function failure({ failure }: ReportContent): string[] {
  return failure === undefined ? [] : [failure.message, '', `What to do: ${failure.hint}`];
}

function written({ written: { title, entries, place, link } }: ReportContent): string[] {
  const rows = entries.map((entry) => [entry.title, entry.detail, entry.more, entry.amount]);
  const lines = columns(rows, [2, 3]).flatMap((line, index) => {
    const address = entries[index]?.link;
    return address === undefined ? [line] : [line, `  ${address}`];
  });
  const where =
    link === undefined ? [] : [`${place.replace(/^./, (letter) => letter.toUpperCase())}: ${link}`];
  return lines.length === 0 ? where : [title, ...indent(lines), ...where];
}

function tables({ tables }: ReportContent): string[] {
  if (tables === undefined || tables.rows.length === 0) return [];
  const rows = tables.rows.map((table) => [table.name, table.rows]);
  const more = tables.more === undefined ? [] : [tables.more];
  return ['Rows per table', ...indent([...columns(rows, [1]), ...more])];
}

function retention({ retention }: ReportContent): string[] {
  if (retention === undefined) return [];
  const { sentences, removed, more } = retention;
  const sets = removed.map(({ set, why }) => `- ${set}: ${why}`);
  return ['Retention', ...indent([...sentences, ...sets, ...(more ? [more] : [])])];
}

function restore({ restore }: ReportContent): string[] {
  const { byHand = [], commands = [] } = restore ?? {};
  if (byHand.length + commands.length === 0) return [];
  const own = byHand.length > 0 && commands.length > 0 ? ['Or with dbbackup:'] : [];
  return ['How to restore', ...indent([...byHand, ...own, ...commands])];
}

function list(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...indent(lines.map((line) => `- ${line}`))];
}

const indent = (lines: readonly string[]) => lines.map((line) => `  ${line}`);

/** Cells under each other; the named columns are aligned to the right. */
function columns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const width = (cell: string) => [...cell].length;
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((cells) => width(cells[column] ?? ''))),
  );
  return rows.map((cells) =>
    cells
      .map((cell, column) => {
        const space = ' '.repeat((widths[column] ?? 0) - width(cell));
        return right.includes(column) ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd(),
  );
}
