/** Indexes into the cell formats of styles.xml. */
export const xlsxStyle = {
  general: 0,
  header: 1,
  integer: 2,
  date: 3,
  timestamp: 4,
  timestampFraction: 5,
  time: 6,
  timeFraction: 7,
  /** With n decimal places: decimals + n, n from 1 to maxDecimals. */
  decimals: 7,
} as const;

/** Excel formats show no more places. */
export const maxDecimals = 30;

const xmlHead = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const relationships = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const packageRelationships = 'http://schemas.openxmlformats.org/package/2006/relationships';
const contentTypes = 'http://schemas.openxmlformats.org/package/2006/content-types';
const spreadsheet = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

const formats = [
  'yyyy\\-mm\\-dd',
  'yyyy\\-mm\\-dd\\ hh:mm:ss',
  'yyyy\\-mm\\-dd\\ hh:mm:ss.000',
  'hh:mm:ss',
  'hh:mm:ss.000',
  ...Array.from({ length: maxDecimals }, (_, index) => `0.${'0'.repeat(index + 1)}`),
];
/** The first number that is free for formats of one's own. */
const firstFormat = 164;
/** The built-in format `0`. */
const integerFormat = 1;

function attribute(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Path and content of `xl/styles.xml`. */
export function stylesPart(): [path: string, xml: string] {
  const format = (id: number, more = '') =>
    `<xf numFmtId="${id}" fontId="0" fillId="0" borderId="0" xfId="0"${more}/>`;
  const applied = (id: number) => format(id, ' applyNumberFormat="1"');
  const cellFormats = [
    format(0),
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>',
    applied(integerFormat),
    ...formats.map((_, index) => applied(firstFormat + index)),
  ];
  const codes = formats.map(
    (code, index) => `<numFmt numFmtId="${firstFormat + index}" formatCode="${code}"/>`,
  );
  const font = '<sz val="11"/><name val="Calibri"/><family val="2"/>';
  return [
    'xl/styles.xml',
    `${xmlHead}<styleSheet xmlns="${main}"><numFmts count="${codes.length}">${codes.join('')}</numFmts>` +
      `<fonts count="2"><font>${font}</font><font><b/>${font}</font></fonts>` +
      '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>' +
      '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>' +
      `<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
      `<cellXfs count="${cellFormats.length}">${cellFormats.join('')}</cellXfs>` +
      '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
  ];
}

/** Path of the n-th sheet, n from 1. */
export function sheetPath(n: number): string {
  return `xl/worksheets/sheet${n}.xml`;
}

/** What leads a reader to the workbook: the first part of the archive. */
export function packagePart(): [path: string, xml: string] {
  return [
    '_rels/.rels',
    `${xmlHead}<Relationships xmlns="${packageRelationships}"><Relationship Id="rId1" Type="${relationships}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  ];
}

/** The parts that name the sheets, which are known at the end: workbook, its relationships, content types. */
export function workbookParts(sheets: readonly string[]): [path: string, xml: string][] {
  const numbered = sheets.map((name, index) => ({ name, n: index + 1 }));
  const sheet = ({ name, n }: { name: string; n: number }) =>
    `<sheet name="${attribute(name)}" sheetId="${n}" r:id="rId${n}"/>`;
  const relationship = (n: number, type: string, target: string) =>
    `<Relationship Id="rId${n}" Type="${relationships}/${type}" Target="${target}"/>`;
  const override = (path: string, type: string) =>
    `<Override PartName="/${path}" ContentType="${spreadsheet}.${type}+xml"/>`;
  return [
    [
      'xl/workbook.xml',
      `${xmlHead}<workbook xmlns="${main}" xmlns:r="${relationships}"><bookViews><workbookView/></bookViews>` +
        `<sheets>${numbered.map(sheet).join('')}</sheets></workbook>`,
    ],
    [
      'xl/_rels/workbook.xml.rels',
      `${xmlHead}<Relationships xmlns="${packageRelationships}">` +
        numbered.map(({ n }) => relationship(n, 'worksheet', `worksheets/sheet${n}.xml`)).join('') +
        `${relationship(sheets.length + 1, 'styles', 'styles.xml')}</Relationships>`,
    ],
    [
      '[Content_Types].xml',
      `${xmlHead}<Types xmlns="${contentTypes}">` +
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
        '<Default Extension="xml" ContentType="application/xml"/>' +
        override('xl/workbook.xml', 'sheet.main') +
        override('xl/styles.xml', 'styles') +
        numbered.map(({ n }) => override(sheetPath(n), 'worksheet')).join('') +
        '</Types>',
    ],
  ];
}

/** What stands in a sheet before its rows: the first row frozen, columns of the given widths (in characters). */
export function sheetHead(widths: readonly number[]): string {
  const columns = widths.map(
    (width, index) => `<col min="${index + 1}" max="${index + 1}" width="${width}" customWidth="1"/>`,
  );
  return (
    `${xmlHead}<worksheet xmlns="${main}"><sheetViews><sheetView workbookViewId="0">` +
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>' +
    `${columns.length === 0 ? '' : `<cols>${columns.join('')}</cols>`}<sheetData>`
  );
}

/** What stands behind the rows. */
export const sheetTail = '</sheetData></worksheet>';
