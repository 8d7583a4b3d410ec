import { checkProtection, checkSheetProtection, sameTitle, sheetByID, wholeSheet } from '../area.ts';
import { fieldPaths, flag, integer, type Payload, payload, text, word } from '../payload.ts';
import { SheetsRefusal, unknownToFake } from '../sheetsError.ts';
import { checkGrid, newSheet, newSheetID, type Sheet, type Spreadsheet } from '../spreadsheet.ts';
import { sheetResource } from '../spreadsheetResource.ts';
import { checkFrozen } from './dimensionChanges.ts';

/** What of a tab's properties a client may give; colours and the like the fake takes, and forgets. */
export const sheetPropertyNames = [
  'sheetId',
  'title',
  'index',
  'sheetType',
  'gridProperties',
  'hidden',
].concat(['tabColor', 'tabColorStyle', 'rightToLeft']);
const gridSizes = ['rowCount', 'columnCount', 'frozenRowCount', 'frozenColumnCount'] as const;
const gridNames = [...gridSizes, 'hideGridlines', 'rowGroupControlAfter', 'columnGroupControlAfter'];

const known = new RegExp(
  `^(title|hidden|index|(tabColor|tabColorStyle)(\\..*)?|rightToLeft|gridProperties(\\.(${gridNames.join('|')}))?)$`,
);

/** Adds a tab with such properties. */
export function addSheet(spreadsheet: Spreadsheet, given: Payload, at: string): Sheet {
  word(text(given, 'sheetType', at), `${at}.sheetType`, 'SheetType', ['GRID'] as const);
  const id = integer(given, 'sheetId', at) ?? newSheetID(spreadsheet);
  if (id < 0) throw new SheetsRefusal('Sheet id must be non-negative.');
  if (spreadsheet.sheets.some((sheet) => sheet.id === id))
    throw new SheetsRefusal(`Sheet with id ${id} already exists.`);
  const title = text(given, 'title', at) || freeTitle(spreadsheet);
  checkTitle(spreadsheet, title, undefined);
  const sheet = newSheet({ id, title, hidden: flag(given, 'hidden', at) ?? false, ...sizes(given, at) });
  const index = integer(given, 'index', at) ?? spreadsheet.sheets.length;
  checkIndex(index, spreadsheet.sheets.length);
  spreadsheet.sheets.splice(index, 0, sheet);
  checkGrid(spreadsheet);
  checkFrozen(sheet);
  return sheet;
}

/** addSheet */
export function addSheetRequest(spreadsheet: Spreadsheet, given: Payload, at: string) {
  const { properties } = payload(given, at, ['properties']);
  const place = `${at}.properties`;
  const sheet = addSheet(spreadsheet, payload(properties ?? {}, place, sheetPropertyNames), place);
  return { properties: sheetResource(spreadsheet, sheet) };
}

/** deleteSheet: the last one stays. */
export function deleteSheet(spreadsheet: Spreadsheet, given: Payload, at: string): undefined {
  const id = integer(payload(given, at, ['sheetId']), 'sheetId', at) ?? 0;
  const sheet = sheetByID(spreadsheet, id, 'sheet');
  if (spreadsheet.sheets.length === 1)
    throw new SheetsRefusal("You can't remove all the sheets in a document.");
  checkProtection(wholeSheet(sheet));
  spreadsheet.sheets = spreadsheet.sheets.filter((one) => one !== sheet);
}

/** updateSheetProperties: what `fields` names, and nothing else. */
export function updateSheetProperties(spreadsheet: Spreadsheet, given: Payload, at: string): undefined {
  const place = `${at}.properties`;
  const { properties } = payload(given, at, ['properties', 'fields']);
  const changed = payload(properties ?? {}, place, sheetPropertyNames);
  const paths = fieldPaths(given, at);
  const sheet = sheetByID(spreadsheet, integer(changed, 'sheetId', place) ?? 0, 'sheet');
  checkSheetProtection(sheet);
  const unknown = paths.find((path) => !known.test(path));
  if (unknown !== undefined) throw unknownToFake(`the field ${unknown} of a tab's properties`);
  if (paths.includes('title')) {
    const title = text(changed, 'title', place) ?? '';
    checkTitle(spreadsheet, title, sheet);
    sheet.title = title;
  }
  if (paths.includes('hidden')) sheet.hidden = flag(changed, 'hidden', place) ?? false;
  if (paths.includes('index')) move(spreadsheet, sheet, integer(changed, 'index', place) ?? 0);
  const whole = paths.includes('gridProperties');
  const named = gridSizes.filter((name) => whole || paths.includes(`gridProperties.${name}`));
  resize(spreadsheet, sheet, sizes(changed, place), named);
}

/**
 * Sets sizes; what is named but not given is 0. Google sets the rows first and checks the cells with the old columns
 * (robin900/gspread-dataframe#37): so do we.
 */
function resize(
  spreadsheet: Spreadsheet,
  sheet: Sheet,
  given: Partial<Sheet>,
  named: readonly (typeof gridSizes)[number][],
): void {
  const before = wholeSheet(sheet);
  for (const name of named) {
    const size = given[name] ?? 0;
    if (size < 0) throw new SheetsRefusal(`${name} must not be negative.`);
    if (size === 0 && name === 'rowCount')
      throw new SheetsRefusal("You can't delete all the rows on the sheet.");
    if (size === 0 && name === 'columnCount')
      throw new SheetsRefusal("You can't delete all the columns on the sheet.");
    sheet[name] = size;
    checkGrid(spreadsheet);
  }
  checkFrozen(sheet);
  const { rowCount, columnCount } = sheet;
  // Only what is taken away is a change of cells.
  checkProtection({ ...before, top: rowCount });
  checkProtection({ ...before, left: columnCount });
  sheet.rows.length = Math.min(sheet.rows.length, rowCount);
  if (columnCount < before.right) sheet.rows = sheet.rows.map((row) => row?.slice(0, columnCount));
}

function sizes(given: Payload, at: string): Partial<Sheet> {
  const place = `${at}.gridProperties`;
  const grid = payload(given.gridProperties ?? {}, place, gridNames);
  return Object.fromEntries(
    gridSizes.flatMap((name) => {
      const size = integer(grid, name, place);
      return size === undefined ? [] : [[name, size]];
    }),
  );
}

function move(spreadsheet: Spreadsheet, sheet: Sheet, index: number): void {
  checkIndex(index, spreadsheet.sheets.length);
  const at = spreadsheet.sheets.indexOf(sheet);
  // The index counts as things are before the move: https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/sheets#SheetProperties
  spreadsheet.sheets.splice(at, 1);
  spreadsheet.sheets.splice(index > at ? index - 1 : index, 0, sheet);
}

function checkIndex(index: number, count: number): void {
  if (index < 0 || index > count) throw new SheetsRefusal(`Sheet index ${index} is out of bounds.`);
}

function checkTitle(spreadsheet: Spreadsheet, title: string, own: Sheet | undefined): void {
  if (title === '') throw new SheetsRefusal('The sheet name cannot be empty.');
  if (title.length > 100) throw new SheetsRefusal('The sheet name cannot be greater than 100 characters.');
  if (spreadsheet.sheets.some((sheet) => sheet !== own && sameTitle(sheet.title, title)))
    throw new SheetsRefusal(`A sheet with the name "${title}" already exists. Please enter another name.`);
}

function freeTitle({ sheets }: Spreadsheet): string {
  for (let number = sheets.length + 1; ; number++)
    if (!sheets.some(({ title }) => sameTitle(title, `Sheet${number}`))) return `Sheet${number}`;
}
