import { anyPayload, type Payload } from '../payload.ts';
import { invalidPayload, refusingAt, SheetsRefusal, unknownToFake } from '../sheetsError.ts';
import { checkGrid, type Spreadsheet } from '../spreadsheet.ts';
import { copyPaste, updateCells } from './cellChanges.ts';
import { appendDimension, deleteDimension, insertDimension } from './dimensionChanges.ts';
import { clearBasicFilter, setBasicFilter } from './filterChanges.ts';
import { addProtectedRange, deleteProtectedRange } from './protectionChanges.ts';
import { addSheetRequest, deleteSheet, updateSheetProperties } from './sheetChanges.ts';

/** Does one change; gives the reply, if it has one. */
type Change = (spreadsheet: Spreadsheet, given: Payload, at: string) => object | undefined;

const changes: Readonly<Record<string, Change>> = {
  addSheet: addSheetRequest,
  deleteSheet,
  updateSheetProperties,
  appendDimension,
  insertDimension,
  deleteDimension,
  copyPaste,
  setBasicFilter,
  clearBasicFilter,
  updateCells,
  addProtectedRange,
  deleteProtectedRange,
};

/** https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/request: what the fake leaves out. */
const others = new Set(
  [
    'updateSpreadsheetProperties updateDimensionProperties updateNamedRange repeatCell addNamedRange',
    'deleteNamedRange autoFill cutPaste mergeCells unmergeCells updateBorders addFilterView appendCells',
    'deleteEmbeddedObject deleteFilterView duplicateFilterView duplicateSheet findReplace',
    'insertRange moveDimension updateEmbeddedObjectPosition pasteData textToColumns updateFilterView deleteRange',
    'addConditionalFormatRule updateConditionalFormatRule deleteConditionalFormatRule sortRange setDataValidation',
    'updateProtectedRange autoResizeDimensions addChart updateChartSpec updateBanding addBanding',
    'deleteBanding createDeveloperMetadata updateDeveloperMetadata deleteDeveloperMetadata randomizeRange',
    'addDimensionGroup deleteDimensionGroup updateDimensionGroup trimWhitespace deleteDuplicates',
    'updateEmbeddedObjectBorder addSlicer updateSlicerSpec addDataSource updateDataSource deleteDataSource',
    'refreshDataSource cancelDataSourceRefresh addTable updateTable deleteTable',
  ].flatMap((names) => names.split(' ')),
);

/** Does all requests of a batchUpdate, one after the other; the first that is refused is named. Gives the replies. */
export function applyRequests(spreadsheet: Spreadsheet, requests: readonly unknown[]): object[] {
  return requests.map((request, index) => {
    const place = `requests[${index}]`;
    const given = anyPayload(request, place);
    const [name, ...more] = Object.keys(given);
    if (name === undefined) throw invalidPayload(place, `Invalid ${place}: No request set.`);
    for (const one of [name, ...more]) if (!(one in changes)) throw unknownRequest(one, place);
    if (more.length > 0) {
      throw invalidPayload(
        place,
        `Invalid value at '${place}' (oneof), oneof field 'kind' is already set. Cannot set '${more[0]}'`,
      );
    }
    const at = `${place}.${name}`;
    const reply = refusingAt(at, () => {
      const done = changes[name]?.(spreadsheet, anyPayload(given[name], at), at);
      checkGrid(spreadsheet);
      if (spreadsheet.sheets.every(({ hidden }) => hidden))
        throw new SheetsRefusal("You can't remove all the visible sheets in a document.");
      return done;
    });
    return reply === undefined ? {} : { [name]: reply };
  });
}

function unknownRequest(name: string, place: string) {
  if (others.has(name)) return unknownToFake(`the request ${name}`);
  return invalidPayload(
    place,
    `Invalid JSON payload received. Unknown name "${name}" at '${place}': Cannot find field.`,
  );
}
