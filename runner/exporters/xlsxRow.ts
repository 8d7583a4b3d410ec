import type { ChunkWriter } from './chunkWriter.ts';
import { type ConstantBytes, constantBytes, writeConstant } from './constantBytes.ts';
import type { RowNumber } from './rowNumber.ts';
import { bigintFits, floatFits, numericStyle } from './xlsxNumber.ts';
import { maxDecimals, xlsxStyle } from './xlsxParts.ts';
import { dateSerial, type Serial, timeSerial, timestampSerial, writeSerial } from './xlsxSerial.ts';
import { cellEnd, takeReplaced, xlsxGrowth, xlsxText, xlsxTextBytes } from './xlsxText.ts';

/** What a sheet does with the fields of a column. */
export const xlsxAction = {
  text: 0,
  integer: 1,
  bigint: 2,
  numeric: 3,
  float: 4,
  boolean: 5,
  date: 6,
  time: 7,
  timestamp: 8,
} as const;

/** How rows become cells: an action and the begin of a cell (`<c r="AB`) for each column, and what happened to the values. */
export interface SheetColumns {
  readonly actions: Uint8Array;
  readonly begins: readonly ConstantBytes[];
  /** By column: values that were cut, and characters that were replaced. */
  readonly cut: Float64Array;
  readonly replaced: Float64Array;
}

const smallBytes = 64 * 1024;
/** The most that a cell has besides its content. */
const cellBytes = 100;
const rowBegin = constantBytes('<row r="');
const rowOpen = constantBytes('>');
const rowEnd = constantBytes('</row>');
const textBegin = constantBytes(' t="inlineStr"><is><t>');
const spacedTextBegin = constantBytes(' t="inlineStr"><is><t xml:space="preserve">');
const textEnd = constantBytes('</t></is></c>');
const booleanBegin = constantBytes(' t="b"><v>');
const valueEnd = constantBytes('</v></c>');
const valueBegins = Array.from({ length: xlsxStyle.decimals + maxDecimals + 1 }, (_, style) =>
  constantBytes(style === xlsxStyle.general ? '><v>' : ` s="${style}"><v>`),
);

/** Reused for each cell, so that no row allocates. */
const serial: Serial = { days: 0, micros: 0 };

function textCell(
  source: Buffer,
  start: number,
  end: number,
  target: Buffer,
  view: DataView,
  position: number,
): number {
  // Excel drops white space at the ends unless told otherwise.
  const spaced = start < end && ((source[start] as number) <= 0x20 || (source[end - 1] as number) <= 0x20);
  const to = writeConstant(spaced ? spacedTextBegin : textBegin, view, position);
  return writeConstant(textEnd, view, xlsxText(source, start, end, target, to));
}

function numberCell(
  style: number,
  source: Buffer,
  start: number,
  end: number,
  target: Buffer,
  view: DataView,
  position: number,
): number {
  let to = writeConstant(valueBegins[style] as ConstantBytes, view, position);
  for (let from = start; from < end; from++) target[to++] = source[from] as number;
  return writeConstant(valueEnd, view, to);
}

function serialCell(style: number, target: Buffer, view: DataView, position: number): number {
  const to = writeConstant(valueBegins[style] as ConstantBytes, view, position);
  return writeConstant(valueEnd, view, writeSerial(serial, target, to));
}

/** Writes what follows the cell's reference. Values that Excel cannot hold as numbers become text. */
function content(
  action: number,
  source: Buffer,
  start: number,
  end: number,
  target: Buffer,
  view: DataView,
  position: number,
): number {
  switch (action) {
    case xlsxAction.integer:
      return numberCell(xlsxStyle.integer, source, start, end, target, view, position);
    case xlsxAction.bigint:
      if (bigintFits(source, start, end)) {
        return numberCell(xlsxStyle.integer, source, start, end, target, view, position);
      }
      break;
    case xlsxAction.numeric: {
      const style = numericStyle(source, start, end);
      if (style >= 0) return numberCell(style, source, start, end, target, view, position);
      break;
    }
    case xlsxAction.float:
      if (floatFits(source, start, end)) {
        return numberCell(xlsxStyle.general, source, start, end, target, view, position);
      }
      break;
    case xlsxAction.boolean: {
      const to = writeConstant(booleanBegin, view, position);
      target[to] = source[start] === 0x74 ? 0x31 : 0x30;
      return writeConstant(valueEnd, view, to + 1);
    }
    case xlsxAction.date:
      if (dateSerial(source, start, end, serial)) return serialCell(xlsxStyle.date, target, view, position);
      break;
    case xlsxAction.time:
      if (timeSerial(source, start, end, serial)) {
        const whole = serial.micros % 1e6 === 0;
        return serialCell(whole ? xlsxStyle.time : xlsxStyle.timeFraction, target, view, position);
      }
      break;
    case xlsxAction.timestamp:
      if (timestampSerial(source, start, end, serial)) {
        const whole = serial.micros % 1e6 === 0;
        return serialCell(whole ? xlsxStyle.timestamp : xlsxStyle.timestampFraction, target, view, position);
      }
      break;
  }
  return textCell(source, start, end, target, view, position);
}

/** Writes one DataRow message, which begins at `row`, as a row of a sheet. NULL is no cell. */
export function xlsxRow(
  source: Buffer,
  row: number,
  number: RowNumber,
  { actions, begins, cut, replaced }: SheetColumns,
  writer: ChunkWriter,
): void {
  const columns = actions.length;
  const size = source.readInt32BE(row + 1) + 1;
  const small = xlsxGrowth * size + cellBytes * (columns + 1) <= smallBytes;
  writer.ensure(smallBytes);
  let target = writer.buffer;
  let view = writer.view;
  let position = writeConstant(rowBegin, view, writer.position);
  position = writeConstant(rowOpen, view, number.write(view, position));
  let from = row + 7;
  for (let column = 0; column < columns; column++) {
    const length =
      ((source[from] as number) << 24) |
      ((source[from + 1] as number) << 16) |
      ((source[from + 2] as number) << 8) |
      (source[from + 3] as number);
    from += 4;
    if (length < 0) continue;
    const next = from + length;
    const end = small ? next : cellEnd(source, from, next);
    if (end < next) cut[column] = (cut[column] as number) + 1;
    if (!small) {
      writer.position = position;
      writer.ensure(Math.min(xlsxGrowth * length, xlsxTextBytes) + cellBytes);
      target = writer.buffer;
      view = writer.view;
      position = writer.position;
    }
    position = number.write(view, writeConstant(begins[column] as ConstantBytes, view, position));
    position = content(actions[column] as number, source, from, end, target, view, position);
    from = next;
  }
  if (takeReplaced() > 0) replaced[0] = (replaced[0] as number) + 1;
  if (!small) {
    writer.position = position;
    writer.ensure(cellBytes);
    ({ view, position } = writer);
  }
  writer.position = writeConstant(rowEnd, view, position);
}
