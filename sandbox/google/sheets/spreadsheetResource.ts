import { applyFieldMask, checkFieldMask, type FieldTree, parseFieldMask } from '../drive/fieldMask.ts';
import { schema } from '../drive/fieldSchemas.ts';
import type { StoredFile } from '../drive/storedFile.ts';
import type { GoogleState } from '../googleState.ts';
import { filterResource } from './changes/filterChanges.ts';
import { invalidPayload, unknownToFake } from './sheetsError.ts';
import type { ProtectedRange, Sheet, Spreadsheet } from './spreadsheet.ts';

// Names as in the discovery document of Sheets; `x(*)` is an object whose inside the fake never fills.
const gridRange = 'sheetId,startRowIndex,endRowIndex,startColumnIndex,endColumnIndex';
const gridProperties =
  'rowCount,columnCount,frozenRowCount,frozenColumnCount,hideGridlines,rowGroupControlAfter,columnGroupControlAfter';
const sheetProperties =
  `sheetId,title,index,sheetType,gridProperties(${gridProperties}),hidden,tabColor(*),tabColorStyle(*),` +
  'rightToLeft,dataSourceSheetProperties(*)';
const protectedRange =
  `protectedRangeId,range(${gridRange}),namedRangeId,tableId,description,warningOnly,requestingUserCanEdit,` +
  'unprotectedRanges(*),editors(*)';
const sheets =
  `properties(${sheetProperties}),data(*),merges(*),conditionalFormats(*),filterViews(*),` +
  `protectedRanges(${protectedRange}),basicFilter(range(${gridRange}),tableId,criteria(*),filterSpecs(*),sortSpecs(*)),charts(*),bandedRanges(*),developerMetadata(*),` +
  'rowGroups(*),columnGroups(*),slicers(*),tables(*)';
const spreadsheet =
  'spreadsheetId,properties(title,locale,autoRecalc,timeZone,defaultFormat(*),iterativeCalculationSettings(*),' +
  'spreadsheetTheme(*),importFunctionsExternalUrlAccessAllowed),' +
  `sheets(${sheets}),namedRanges(*),spreadsheetUrl,developerMetadata(*),dataSources(*),dataSourceSchedules(*)`;
const valueRange = 'range,majorDimension,values';
const update = `spreadsheetId,updatedRange,updatedRows,updatedColumns,updatedCells,updatedData(${valueRange})`;

/** The forms of the answers. */
export const sheetsSchemas = {
  spreadsheet: schema(spreadsheet),
  batchUpdate: schema(`spreadsheetId,replies(*),updatedSpreadsheet(${spreadsheet})`),
  valueRange: schema(valueRange),
  valueRanges: schema(`spreadsheetId,valueRanges(${valueRange})`),
  update: schema(update),
  updates: schema(
    'spreadsheetId,totalUpdatedRows,totalUpdatedColumns,totalUpdatedCells,totalUpdatedSheets,' +
      `responses(${update})`,
  ),
  clear: schema('spreadsheetId,clearedRange'),
  clears: schema('spreadsheetId,clearedRanges'),
} as const;

/** A spreadsheet without its cells, as Google's JSON shows it. Looks, named ranges and the like do not exist here. */
export function spreadsheetResource(
  state: GoogleState,
  file: StoredFile,
  spreadsheet: Spreadsheet,
  shown: (sheet: Sheet) => boolean = () => true,
) {
  const { locale, timeZone } = spreadsheet;
  return {
    spreadsheetId: file.id,
    properties: { title: file.name, locale, autoRecalc: 'ON_CHANGE', timeZone },
    sheets: spreadsheet.sheets.filter(shown).map((sheet) => ({
      properties: sheetResource(spreadsheet, sheet),
      ...(sheet.protectedRanges.length > 0 && {
        protectedRanges: sheet.protectedRanges.map(protectedResource),
      }),
      ...(sheet.basicFilter && { basicFilter: filterResource(sheet.basicFilter) }),
    })),
    spreadsheetUrl: spreadsheetURL(state, file.id),
  };
}

/** The page of a spreadsheet. */
export function spreadsheetURL(state: GoogleState, id: string): string {
  return `${state.url}/spreadsheets/d/${id}/edit`;
}

/** The properties of a tab; what is false or 0 is left out, as Google does, but for sheetId and index. */
export function sheetResource(spreadsheet: Spreadsheet, sheet: Sheet) {
  const { rowCount, columnCount, frozenRowCount, frozenColumnCount } = sheet;
  return {
    sheetId: sheet.id,
    title: sheet.title,
    index: spreadsheet.sheets.indexOf(sheet),
    sheetType: 'GRID',
    gridProperties: {
      ...{ rowCount, columnCount },
      ...(frozenRowCount > 0 && { frozenRowCount }),
      ...(frozenColumnCount > 0 && { frozenColumnCount }),
    },
    ...(sheet.hidden && { hidden: true }),
  };
}

/** A protected range, as Google's JSON shows it. */
export function protectedResource({ range, warningOnly, requestingUserCanEdit, ...rest }: ProtectedRange) {
  return {
    ...rest,
    range,
    ...(warningOnly && { warningOnly }),
    ...(requestingUserCanEdit && { requestingUserCanEdit }),
  };
}

/** Refuses a field mask before any work is done for it. */
export function checkFields(fields: string | null, form: FieldTree): void {
  checkFieldMask(fields, form, noSuchField);
  const tree = fields === null ? undefined : parseFieldMask(fields);
  if (tree?.get('sheets')?.has('data'))
    throw unknownToFake('the cells of spreadsheets.get; values.get has them');
}

/** What of an answer was asked for. */
export function selectFields(answer: unknown, fields: string | null, form: FieldTree): unknown {
  return fields === null ? answer : applyFieldMask(answer, fields, form, noSuchField);
}

function noSuchField(path: string) {
  const description = `Error expanding 'fields' parameter. Cannot find matching fields for path '${path}'.`;
  return invalidPayload(path, description, 'Request contains an invalid argument.');
}
