import type { Pair } from './pair.ts';
import { checksum } from './pairs/checksum.ts';
import { csv } from './pairs/csv.ts';
import { encryption } from './pairs/encryption.ts';
import { formats } from './pairs/formats.ts';
import { json } from './pairs/json.ts';
import { memory } from './pairs/memory.ts';
import { operator } from './pairs/operator.ts';
import { restore } from './pairs/restore.ts';
import { start } from './pairs/start.ts';
import { sync } from './pairs/sync.ts';
import { tiny } from './pairs/tiny.ts';
import { upload } from './pairs/upload.ts';
import { xlsx } from './pairs/xlsx.ts';

/** All comparisons, in the order of the table. */
export const pairs: readonly Pair[] = [
  csv,
  checksum,
  json,
  xlsx,
  formats,
  memory,
  upload,
  restore,
  encryption,
  sync,
  tiny,
  start,
  operator,
];
