import type { ContentEntry } from './ownContent.ts';
import type { ReportContent } from './reportContent.ts';

// Inline styles and tables: what Outlook and Gmail keep. The sheet is for dark mode alone.
const font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const mono = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'Courier New',monospace";
const text = `${font};color:#1f2328`;
const muted = 'color:#57606a';
const line = 'border-top:1px solid #d8dee4';
const banner = { Good: '#1a7f37', Attention: '#8a5a00', Bad: '#b42318' };

const sheet = `:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.page{background:#0d1117!important}.card{background:#161b22!important}
.text{color:#e6edf3!important}.muted{color:#9da7b3!important}.line{border-color:#30363d!important}
.link{color:#79b8ff!important}.box{background:#21262d!important;color:#e6edf3!important}
}`;

/** The report as one HTML page without images, scripts or anything that is fetched. Everything is escaped. */
export function htmlPart(content: ReportContent): string {
  const { tone, symbol, headline, summary } = content;
  const color = banner[tone];
  return `<!DOCTYPE html>
<html lang="en" dir="ltr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<title>${escapeHTML(`${symbol} ${headline}: ${content.name}`)}</title><style>${sheet}</style></head>
<body class="page" style="margin:0;padding:0;background:#f3f4f6">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" bgcolor="#f3f4f6" style="background:#f3f4f6"><tr><td align="center" style="padding:12px 8px">
<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0"><tr><td><![endif]-->
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" bgcolor="#ffffff" style="max-width:600px;background:#ffffff;border-radius:8px">
<tr><td bgcolor="${color}" style="background:${color};border-radius:8px 8px 0 0;padding:18px 20px;${font};color:#ffffff">
<div style="font-size:21px;line-height:27px;font-weight:bold;color:#ffffff">${symbol} ${escapeHTML(headline)}</div>
<div style="font-size:16px;line-height:23px;padding-top:4px;color:#ffffff;word-break:break-word"><b>${name(content.name)}</b></div>
<div style="font-size:16px;line-height:23px;color:#ffffff">${escapeHTML(summary)}</div>
</td></tr>
<tr><td class="text" style="padding:6px 20px 20px;${text};font-size:15px;line-height:22px">
${[
  failure(content),
  warnings(content),
  facts(content),
  written(content),
  notes(content),
  tables(content),
  retention(content),
  stages(content),
  restore(content),
  content.shortened ? paragraph('Details were left out of this report.') : '',
].join('')}
<p class="muted line" style="margin:22px 0 0;padding-top:12px;${line};${muted};font-size:12px;line-height:17px">Sent by database-backup-operator. This mail holds no rows of the database.</p>
</td></tr></table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></table>
</body></html>
`;
}

/** Text as HTML, safe in elements and in quoted attributes. */
export function escapeHTML(value: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return value.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** A name that others chose: its direction of writing ends with it. */
const name = (value: string) => `<bdi>${escapeHTML(value)}</bdi>`;

const paragraph = (html: string) => `<p style="margin:8px 0 0;word-break:break-word">${html}</p>`;

const heading = (title: string) =>
  `<h2 class="text" style="margin:24px 0 6px;${text};font-size:16px;line-height:22px;font-weight:bold">${escapeHTML(title)}</h2>`;

const box = (color: string, html: string) =>
  `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin-top:14px"><tr><td class="box text" bgcolor="#f6f8fa" style="background:#f6f8fa;border-left:4px solid ${color};padding:10px 14px;${text};font-size:15px;line-height:22px;word-break:break-word">${html}</td></tr></table>`;

const link = (address: string, html: string) =>
  `<a class="link" href="${escapeHTML(address)}" style="color:#0a58ca;text-decoration:underline">${html}</a>`;

function grid(rows: readonly string[]): string {
  return `<table width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse">${rows.join('')}</table>`;
}

function cell(html: string, style = ''): string {
  return `<td class="text line" valign="top" style="padding:7px 0;${line};${text};font-size:15px;line-height:21px;${style}">${html}</td>`;
}

const number = (value: string) =>
  cell(escapeHTML(value), 'padding-left:12px;text-align:right;white-space:nowrap');

function failure({ failure, tone }: ReportContent): string {
  if (failure === undefined) return '';
  const { message, hint } = failure;
  return `<p style="margin:14px 0 0;font-size:16px;line-height:24px;word-break:break-word">${escapeHTML(message)}</p>${box(banner[tone], `<b>What to do</b><br>${code(hint)}`)}`;
}

function warnings({ warnings }: ReportContent): string {
  return warnings.map((warning) => box(banner.Attention, code(warning))).join('');
}

function facts({ facts }: ReportContent): string {
  const rows = facts.map(
    ([label, value]) =>
      `<tr><td class="muted" valign="top" width="80" style="padding:3px 12px 3px 0;${font};${muted};font-size:15px;line-height:21px">${escapeHTML(label)}</td><td class="text" valign="top" style="padding:3px 0;${text};font-size:15px;line-height:21px;word-break:break-word">${name(value)}</td></tr>`,
  );
  return `<div style="padding-top:12px">${grid(rows)}</div>`;
}

function written({ written: { title, entries, place, link: address } }: ReportContent): string {
  const where = address === undefined ? '' : paragraph(link(address, `Open the ${place}`));
  return entries.length === 0 ? where : heading(title) + grid(entries.map(entry)) + where;
}

function entry({ title, detail, amount, more, link: address }: ContentEntry): string {
  // File names have no spaces to break at.
  const words = name(detail).replace(/[._]/g, '$&<wbr>');
  const label = `<span style="font-size:13px;line-height:18px;word-break:break-word">${address === undefined ? words : link(address, words)}</span>`;
  const second = more === '' ? '' : `<br><span class="muted" style="${muted};font-size:13px">${more}</span>`;
  return `<tr>${cell(`<b style="word-break:break-word">${name(title)}</b><br>${label}`)}${cell(`${escapeHTML(amount)}${second}`, 'padding-left:12px;text-align:right;white-space:nowrap')}</tr>`;
}

function notes({ notes }: ReportContent): string {
  return notes.length === 0 ? '' : heading('Notes') + notes.map((note) => paragraph(name(note))).join('');
}

function tables({ tables }: ReportContent): string {
  if (tables === undefined || tables.rows.length === 0) return '';
  const rows = tables.rows.map(
    (table) => `<tr>${cell(name(table.name), 'word-break:break-all')}${number(table.rows)}</tr>`,
  );
  const more = tables.more === undefined ? '' : paragraph(escapeHTML(tables.more));
  return heading('Rows per table') + grid(rows) + more;
}

function retention({ retention }: ReportContent): string {
  if (retention === undefined) return '';
  const { sentences, removed, more } = retention;
  const sets = removed.map(
    ({ set, why }) =>
      `<tr>${cell(`${name(set)}<br><span class="muted" style="${muted};font-size:13px">${name(why)}</span>`, 'word-break:break-word')}</tr>`,
  );
  return (
    heading('Retention') +
    sentences.map((sentence) => paragraph(code(sentence))).join('') +
    (sets.length === 0 ? '' : `<div style="padding-top:8px">${grid(sets)}</div>`) +
    (more === undefined ? '' : paragraph(escapeHTML(more)))
  );
}

function stages({ stages }: ReportContent): string {
  return stages.length === 0
    ? ''
    : heading('Stages') +
        paragraph(
          stages
            .map((stage) => `<span style="white-space:nowrap">${escapeHTML(stage)}</span>`)
            .join(' &middot; '),
        );
}

function restore({ restore }: ReportContent): string {
  const { byHand = [], commands = [] } = restore ?? {};
  if (byHand.length + commands.length === 0) return '';
  const own = byHand.length > 0 && commands.length > 0 ? paragraph('Or with <b>dbbackup</b>:') : '';
  return heading('How to restore') + program(byHand) + own + program(commands);
}

const program = (lines: readonly string[]) =>
  lines.length === 0
    ? ''
    : `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin-top:8px"><tr><td class="box" bgcolor="#f6f8fa" style="background:#f6f8fa;border-radius:6px;padding:10px 12px;${mono};font-size:13px;line-height:20px;color:#1f2328;word-break:break-word">${lines.map((each) => `<div style="padding:2px 0">${escapeHTML(each)}</div>`).join('')}</td></tr></table>`;

/** A sentence with `commands` in a fixed-width font. */
function code(sentence: string): string {
  return escapeHTML(sentence).replace(/`([^`]+)`/g, `<code style="${mono};font-size:14px">$1</code>`);
}
