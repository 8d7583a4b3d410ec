import { randomInt } from 'node:crypto';
import { gridRange, sheetByID } from '../area.ts';
import { flag, integer, type Payload, payload, text } from '../payload.ts';
import { SheetsRefusal } from '../sheetsError.ts';
import type { ProtectedRange, Spreadsheet } from '../spreadsheet.ts';
import { protectedResource } from '../spreadsheetResource.ts';

const names = ['protectedRangeId', 'range', 'description', 'warningOnly', 'editors', 'requestingUserCanEdit'];

/** addProtectedRange: who protects a range may edit it, as the spreadsheet's owner may. */
export function addProtectedRange(spreadsheet: Spreadsheet, given: Payload, at: string) {
  const place = `${at}.protectedRange`;
  const wanted = payload(payload(given, at, ['protectedRange']).protectedRange ?? {}, place, names);
  const warningOnly = flag(wanted, 'warningOnly', place) ?? false;
  if (warningOnly && wanted.editors !== undefined)
    throw new SheetsRefusal('ProtectedRange is warningOnly. Editors cannot be set on it.');
  const id = integer(wanted, 'protectedRangeId', place) ?? randomInt(1, 2 ** 31 - 1);
  if (spreadsheet.sheets.some((sheet) => sheet.protectedRanges.some((one) => one.protectedRangeId === id)))
    throw new SheetsRefusal(`Protected range with id ${id} already exists.`);
  const description = text(wanted, 'description', place);
  const added: ProtectedRange = {
    protectedRangeId: id,
    range: gridRange(wanted.range ?? {}, `${place}.range`),
    ...(description !== undefined && { description }),
    warningOnly,
    requestingUserCanEdit: true,
  };
  const sheet = sheetByID(spreadsheet, added.range.sheetId, 'grid');
  sheet.protectedRanges = [...sheet.protectedRanges, added];
  return { protectedRange: protectedResource(added) };
}

/** deleteProtectedRange: only by those who may edit it. */
export function deleteProtectedRange(spreadsheet: Spreadsheet, given: Payload, at: string): undefined {
  const id = integer(payload(given, at, ['protectedRangeId']), 'protectedRangeId', at) ?? 0;
  for (const sheet of spreadsheet.sheets) {
    const found = sheet.protectedRanges.find((one) => one.protectedRangeId === id);
    if (!found) continue;
    if (!found.requestingUserCanEdit)
      throw new SheetsRefusal("You don't have permission to delete this protected range.");
    sheet.protectedRanges = sheet.protectedRanges.filter((one) => one !== found);
    return;
  }
  throw new SheetsRefusal(`No protected range with id: ${id}`);
}
