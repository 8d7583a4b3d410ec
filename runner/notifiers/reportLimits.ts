/** How much a report shows: entries of each list, characters of each text. */
export interface Limits {
  readonly tables: number;
  readonly removed: number;
  readonly warnings: number;
  readonly files: number;
  readonly lines: number;
  readonly characters: number;
}

/** What a person wants to see. */
export const wideLimits: Limits = {
  tables: 30,
  removed: 10,
  warnings: 20,
  files: 20,
  lines: 30,
  characters: 1000,
};

/** So little that the HTML stays below 100 kB whatever the names are. */
export const tightLimits: Limits = {
  tables: 10,
  removed: 5,
  warnings: 5,
  files: 6,
  lines: 10,
  characters: 150,
};
