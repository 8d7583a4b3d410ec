import type { ReportContent } from './reportContent.ts';

/** The report as plain text, for terminals and mail programs without HTML. */
export function textPart(content: ReportContent): string {
  const sections = [
    [`${content.symbol} ${content.headline}: ${content.backup}`, content.summary],
    failure(content),
    list('Warnings', content.warnings),
    columns(content.facts.map(([label, value]) => [`${label}:`, value])),
    files(content),
    list('Notes', content.notes),
    content.tables.length === 0
      ? []
      : [
          'Rows per table',
          ...indent(
            columns(
              content.tables.map(({ name, rows }) => [name, rows]),
              [1],
            ),
          ),
          ...indent(content.moreTables === undefined ? [] : [content.moreTables]),
        ],
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

function files({ files, filesTitle, folderLink }: ReportContent): string[] {
  const rows = files.map(({ format, name, rows, size }) => [format, name, rows && `${rows} rows`, size]);
  const lines = columns(rows, [2, 3]).flatMap((line, index) => {
    const link = files[index]?.link;
    return link === undefined ? [line] : [line, `  ${link}`];
  });
  const folder = folderLink === undefined ? [] : [`Folder: ${folderLink}`];
  return lines.length === 0 ? folder : [filesTitle, ...indent(lines), ...folder];
}

function retention({ retention, removed, moreRemoved }: ReportContent): string[] {
  const sets = removed.map(({ set, why }) => `${set}: ${why}`);
  return [
    'Retention',
    ...indent([...retention, ...sets.map((line) => `- ${line}`), ...(moreRemoved ? [moreRemoved] : [])]),
  ];
}

function restore({ restore, commands }: ReportContent): string[] {
  if (restore.length + commands.length === 0) return [];
  const own = restore.length > 0 && commands.length > 0 ? ['Or with dbbackup:'] : [];
  return ['How to restore', ...indent([...restore, ...own, ...commands])];
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
