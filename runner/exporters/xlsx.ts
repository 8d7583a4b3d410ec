import { countOf } from '../../crds/inWords.ts';
import { type ColumnKind, columnKind } from '../database/columnKind.ts';
import { ChunkPool } from './chunkPool.ts';
import { ChunkWriter } from './chunkWriter.ts';
import type { CompressedStream } from './compression.ts';
import { constantBytes } from './constantBytes.ts';
import type { ByteSink, Column, ExportedTable, RowExporter } from './exporter.ts';
import { OrderedOutput } from './orderedOutput.ts';
import { RowNumber } from './rowNumber.ts';
import { safeSheetName, sheetNameLength, UniqueNames } from './uniqueNames.ts';
import {
  packagePart,
  sheetHead,
  sheetPath,
  sheetTail,
  stylesPart,
  workbookParts,
  xlsxStyle,
} from './xlsxParts.ts';
import { type SheetColumns, xlsxAction, xlsxRow } from './xlsxRow.ts';
import { xlsxText } from './xlsxText.ts';
import { ZipWriter } from './zip.ts';

/** What a sheet holds, header included. */
const sheetRows = 1_048_576;
const sheetColumns = 16_384;

const actions: Readonly<Record<ColumnKind, number>> = {
  boolean: xlsxAction.boolean,
  integer: xlsxAction.integer,
  bigint: xlsxAction.bigint,
  numeric: xlsxAction.numeric,
  float: xlsxAction.float,
  date: xlsxAction.date,
  time: xlsxAction.time,
  timestamp: xlsxAction.timestamp,
  timestamptz: xlsxAction.timestamp,
  json: xlsxAction.text,
  simple: xlsxAction.text,
  text: xlsxAction.text,
};

/** Widths in characters that show the values; a date that does not fit shows as ####. */
const widths: Readonly<Record<ColumnKind, number>> = {
  boolean: 8,
  integer: 12,
  bigint: 18,
  numeric: 16,
  float: 12,
  date: 12,
  time: 14,
  timestamp: 25,
  timestamptz: 25,
  json: 30,
  simple: 20,
  text: 20,
};
const widestName = 40;

/**
 * All tables as one Excel workbook, a sheet for each; longer tables go on in further sheets. `time` is the modification time
 * of the archive's entries. Times with a zone are shown in UTC.
 */
export function xlsxExporter(sink: ByteSink, time: Date): RowExporter {
  return new XLSXExporter(sink, time);
}

/** The letters of a column: 0 is A, 26 is AA. */
function columnLetters(index: number): string {
  const rest = Math.floor(index / 26) - 1;
  return (rest < 0 ? '' : columnLetters(rest)) + String.fromCharCode(65 + (index % 26));
}

function columnsOfSheet(columns: readonly Column[]): SheetColumns {
  return {
    actions: Uint8Array.from(columns, (column) => actions[columnKind(column)]),
    begins: columns.map((_, index) => constantBytes(`<c r="${columnLetters(index)}`)),
    cut: new Float64Array(columns.length),
    replaced: new Float64Array(1),
  };
}

class XLSXExporter implements RowExporter {
  readonly #output: OrderedOutput;
  readonly #zip: ZipWriter;
  readonly #writer: ChunkWriter;
  readonly #names = new UniqueNames(sheetNameLength);
  readonly #sheets: string[] = [];
  readonly notes: string[] = [];
  #table: ExportedTable = { schema: '', name: '', title: '', columns: [] };
  #columns = columnsOfSheet([]);
  #entry: CompressedStream = { block: () => {}, end: () => {} };
  #number = new RowNumber();
  #firstSheet = 0;

  constructor(sink: ByteSink, time: Date) {
    const pool = new ChunkPool();
    this.#output = new OrderedOutput(sink);
    this.#zip = new ZipWriter(this.#output, pool, time);
    this.#writer = new ChunkWriter(pool, this.#entry);
    this.#part(packagePart());
    this.#part(stylesPart());
  }

  async beginTable(table: ExportedTable): Promise<void> {
    const columns = table.columns.slice(0, sheetColumns);
    if (columns.length < table.columns.length) {
      this.notes.push(
        `xlsx: only the first ${sheetColumns} of the ${table.columns.length} columns of ${table.title} are in the sheet`,
      );
    }
    this.#table = { ...table, columns };
    this.#columns = columnsOfSheet(columns);
    this.#firstSheet = this.#sheets.length;
    this.#beginSheet();
    const name = this.#sheets.at(-1);
    if (name !== table.title) this.notes.push(`xlsx: table ${table.title} is the sheet ${name}`);
    await this.#output.drained();
  }

  rows(buffer: Buffer, start: number, end: number): void {
    this.#output.check();
    for (let row = start; row < end; row += 1 + buffer.readInt32BE(row + 1)) {
      if (this.#number.value === sheetRows) {
        this.#endSheet();
        this.#beginSheet();
      }
      this.#number.increment();
      xlsxRow(buffer, row, this.#number, this.#columns, this.#writer);
    }
  }

  async endTable(): Promise<void> {
    this.#endSheet();
    this.#noteLosses();
    await this.#output.drained();
  }

  async end(): Promise<void> {
    if (this.#sheets.length === 0) {
      // A workbook without sheets is not valid.
      this.#table = { schema: '', name: '', title: 'no tables', columns: [] };
      this.#beginSheet();
      this.#endSheet();
    }
    for (const part of workbookParts(this.#sheets)) this.#part(part);
    this.#zip.end();
    await this.#output.finish();
  }

  get outstanding(): number {
    return this.#output.outstanding;
  }

  drained(): Promise<void> {
    return this.#output.drained();
  }

  #part([path, xml]: [path: string, xml: string]): void {
    const entry = this.#zip.entry(path);
    this.#writer.retarget(entry);
    this.#writer.text(xml);
    this.#writer.flush();
    entry.end();
  }

  #beginSheet(): void {
    const { title, columns } = this.#table;
    this.#sheets.push(this.#names.take(safeSheetName(title)));
    this.#entry = this.#zip.entry(sheetPath(this.#sheets.length));
    this.#number = new RowNumber();
    this.#writer.retarget(this.#entry);
    this.#writer.text(
      sheetHead(
        columns.map((column) =>
          Math.min(Math.max(widths[columnKind(column)], column.name.length + 2), widestName),
        ),
      ),
    );
    this.#header(columns);
  }

  #header(columns: readonly Column[]): void {
    this.#number.increment();
    const content = Buffer.alloc(4096);
    this.#writer.text('<row r="1">');
    columns.forEach(({ name }, index) => {
      const bytes = Buffer.from(name);
      const length = xlsxText(bytes, 0, bytes.length, content, 0);
      const reference = `${columnLetters(index)}1`;
      this.#writer.text(
        `<c r="${reference}" s="${xlsxStyle.header}" t="inlineStr"><is><t xml:space="preserve">${content.toString('utf8', 0, length)}</t></is></c>`,
      );
    });
    this.#writer.text('</row>');
  }

  #endSheet(): void {
    this.#writer.text(sheetTail);
    this.#writer.flush();
    this.#entry.end();
  }

  #noteLosses(): void {
    const { title, columns } = this.#table;
    const sheets = this.#sheets.length - this.#firstSheet;
    if (sheets > 1) {
      this.notes.push(
        `xlsx: table ${title} is split over ${sheets} sheets, since a sheet holds ${sheetRows} rows; the last is ${this.#sheets.at(-1)}`,
      );
    }
    this.#columns.cut.forEach((count, index) => {
      if (count > 0)
        this.notes.push(
          `xlsx: ${countOf(count, 'value')} of ${title}.${columns[index]?.name} cut to 32,767 characters`,
        );
    });
    const [replaced] = this.#columns.replaced;
    if (replaced) {
      this.notes.push(`xlsx: U+FFFE or U+FFFF written as U+FFFD in ${countOf(replaced, 'row')} of ${title}`);
    }
  }
}
