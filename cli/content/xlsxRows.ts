import { Readable } from 'node:stream';
import exceljs from 'exceljs';
import { ContentError } from '../../runner/content/tableRows.ts';
import { zipEntries } from '../../runner/content/zipEntries.ts';

interface SheetRow {
  readonly values: unknown;
}

/** What exceljs' WorkbookReader has inside: without it, it would lay every sheet decompressed on the local disk first. */
interface SheetReader {
  sharedStrings: unknown[];
  workbookRels: unknown[];
  properties: object;
  _parseWorksheet(
    content: AsyncIterable<string>,
    number: string,
  ): Iterable<{ value: AsyncIterable<SheetRow> }>;
}

/**
 * Parses every sheet of a workbook with exceljs and counts the rows of each, the header not among them, in the order
 * of the sheets. Values are read, styles are not: dates stay numbers. Throws ContentError.
 */
export async function xlsxRows(content: AsyncIterable<Uint8Array>): Promise<number[]> {
  const sheets: number[] = [];
  for await (const entry of zipEntries(content)) {
    const number = /^xl\/worksheets\/sheet(\d+)\.xml$/.exec(entry.name)?.[1];
    if (number === undefined) for await (const _ of entry.content);
    else sheets[Number(number) - 1] = await sheetRows(entry.content, number);
  }
  if (sheets.length === 0 || sheets.includes(undefined as never)) throw new ContentError('it lacks a sheet');
  return sheets;
}

async function sheetRows(content: AsyncIterable<Uint8Array>, number: string): Promise<number> {
  const reader = new exceljs.stream.xlsx.WorkbookReader(Readable.from([]), {}) as unknown as SheetReader;
  reader.sharedStrings = [];
  reader.workbookRels = [];
  reader.properties = {};
  let rows = 0;
  let failedToRead: unknown;
  const text = async function* () {
    const decoder = new TextDecoder();
    try {
      for await (const part of content) yield decoder.decode(part, { stream: true });
    } catch (error) {
      failedToRead = error;
      throw error;
    }
    yield decoder.decode();
  };
  try {
    for (const { value } of reader._parseWorksheet(text(), number)) {
      for await (const _row of value) rows++;
    }
  } catch (cause) {
    if (failedToRead !== undefined) throw failedToRead;
    throw new ContentError(`sheet ${number} is not valid after ${rows} rows`, { cause });
  }
  if (rows === 0) throw new ContentError(`sheet ${number} has not even a header`);
  return rows - 1;
}
