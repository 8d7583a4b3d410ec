import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { columnName } from '../sheets/a1.ts';
import { shownValue } from '../sheets/cellValue.ts';
import type { Cell, Sheet } from '../sheets/spreadsheet.ts';
import { fileBadge, missing } from './drivePages.ts';
import { type Html, html } from './html.ts';
import { page } from './page.ts';

const shownRows = 500;

/** GET /spreadsheets/d/ID/edit: the tabs, those hidden marked, and the cells of one: the first, or that of `gid`. */
export function spreadsheetPage(state: GoogleState, exchange: Exchange, id: string): void {
  const file = state.drive.files.get(id);
  const { sheets = [] } = file?.spreadsheet ?? {};
  const gid = exchange.query.get('gid');
  const shown =
    gid === null
      ? (sheets.find(({ hidden }) => !hidden) ?? sheets[0])
      : sheets.find((sheet) => String(sheet.id) === gid);
  if (!file || !shown)
    throw missing('This spreadsheet does not exist, or was deleted for ever, or has no such tab.');
  const tabs = sheets.map((sheet) => tab(file.id, sheet, sheet === shown));
  const rows = shown.rows.findLastIndex((row) => row !== undefined && row.length > 0) + 1;
  const body = html`<p class="soft">${fileBadge(state, file)} ${shown.rowCount} rows by ${shown.columnCount} columns, ${rows} with values${rows > shownRows ? `, the first ${shownRows} of them shown` : ''} · spreadsheet ID <code>${file.id}</code></p>
<ul>${tabs}</ul>
<div class="wide">${grid(shown, Math.min(rows, shownRows))}</div>`;
  exchange.answerPage(200, page(file.name, body));
}

function tab(id: string, { id: gid, title, hidden, protectedRanges }: Sheet, shown: boolean): Html {
  const link = html`<a href="/spreadsheets/d/${id}/edit?gid=${gid}">${title}</a>`;
  return html`<li><span class="name">${shown ? html`<b>${link}</b>` : link}
${hidden ? html`<span class="badge">hidden</span>` : undefined}${protectedRanges.length > 0 ? html`<span class="badge">protected</span>` : undefined}</span></li>`;
}

function grid(sheet: Sheet, count: number): Html {
  const rows = Array.from({ length: count }, (_, row) => sheet.rows[row] ?? []);
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const columns = Array.from({ length: width }, (_, column) => column);
  return html`<table>
<tr><th></th>${columns.map((column) => html`<th>${columnName(column + 1)}</th>`)}</tr>
${rows.map(
  (row, index) => html`<tr><th>${index + 1}</th>${columns.map((column) => cell(row[column]))}</tr>
`,
)}</table>`;
}

/** Numbers stand to the right, as in every spreadsheet: so text that looks like one can be told from it. */
function cell(value: Cell): Html {
  const kind = typeof value === 'number' ? 'number' : '';
  return html`<td class="${kind}">${String(shownValue(value, 'FORMATTED_VALUE'))}</td>`;
}
