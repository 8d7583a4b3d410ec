import type { Change, Tab } from './spreadsheet.ts';

interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** A new tab of an ID that we chose. */
export function addTab(id: number, title: string, { rows, columns }: Size, hidden: boolean): Change {
  const gridProperties = { rowCount: rows, columnCount: columns };
  return { addSheet: { properties: { sheetId: id, title, hidden, gridProperties } } };
}

/** Another size of a tab; what lies beyond it is gone. */
export function resizeTab(id: number, { rows, columns }: Size): Change {
  return {
    updateSheetProperties: {
      properties: { sheetId: id, gridProperties: { rowCount: rows, columnCount: columns } },
      fields: 'gridProperties.rowCount,gridProperties.columnCount',
    },
  };
}

/** A hidden tab becomes one that people see, in one step. */
export function showTab(id: number, title: string, { rows, columns }: Size): Change {
  return {
    updateSheetProperties: {
      properties: {
        ...{ sheetId: id, title, hidden: false },
        gridProperties: { rowCount: rows, columnCount: columns },
      },
      fields: 'title,hidden,gridProperties.rowCount,gridProperties.columnCount',
    },
  };
}

/** The values of one tab into the same cells of another, whose formats stay. */
export function copyValues(from: number, to: number, { rows, columns }: Size): Change {
  const range = { startRowIndex: 0, endRowIndex: rows, startColumnIndex: 0, endColumnIndex: columns };
  return {
    copyPaste: {
      source: { sheetId: from, ...range },
      destination: { sheetId: to, ...range },
      pasteType: 'PASTE_VALUES',
      pasteOrientation: 'NORMAL',
    },
  };
}

/** Empties all of a tab, however large it has become meanwhile; formats stay. */
export const clearTab = (id: number): Change => ({
  updateCells: { range: { sheetId: id }, fields: 'userEnteredValue' },
});

/**
 * Changes with the filter of a tab taken away and put back around them: a paste passes over rows that a filter hides. That of a
 * table is left alone, for it cannot be set like this.
 */
export function unfiltered({ id, filter }: Tab, changes: readonly Change[]): Change[] {
  const hides = Object.keys(filter?.criteria ?? {}).length > 0 || (filter?.filterSpecs ?? []).length > 0;
  if (!filter || !hides || filter.tableId !== undefined) return [...changes];
  return [{ clearBasicFilter: { sheetId: id } }, ...changes, { setBasicFilter: { filter } }];
}

/** More rows or columns at the end of a tab. Unlike a new size it never takes any away. */
export function growTab(id: number, tab: Size, { rows, columns }: Size): Change[] {
  const append = (dimension: 'ROWS' | 'COLUMNS', length: number): Change => ({
    appendDimension: { sheetId: id, dimension, length },
  });
  return [
    ...(columns > tab.columns ? [append('COLUMNS', columns - tab.columns)] : []),
    ...(rows > tab.rows ? [append('ROWS', rows - tab.rows)] : []),
  ];
}

export const deleteTab = (id: number): Change => ({ deleteSheet: { sheetId: id } });
