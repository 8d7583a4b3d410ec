import type pg from 'pg';
import { BackupError } from '../../crds/failureReason.ts';
import { ContentError } from '../content/tableRows.ts';
import { copyIn } from '../database/copyIn.ts';
import { quotedIdentifier } from '../database/selectStatement.ts';
import type { TargetTable } from './targetTables.ts';

const quote = 0x22;
const lineFeed = 0x0a;
const longestHeader = 16 * 1024 * 1024;

/** Loads one CSV, its first line the names of the columns, by COPY. Gives the number of rows. */
export async function loadCSV(
  client: pg.Client,
  { sql, title, columns }: Pick<TargetTable, 'sql' | 'title' | 'columns'>,
  content: AsyncIterable<Uint8Array>,
): Promise<number> {
  const source = content[Symbol.asyncIterator]();
  const { names, rest } = await readHeader(source);
  // A table without columns has empty lines.
  const known = new Set(columns.filter(({ generated }) => !generated).map(({ name }) => name));
  const missing = names.find((name) => !known.has(name));
  if (missing !== undefined && known.size > 0) {
    throw new BackupError(
      'RestoreFailed',
      `${title} has no column ${missing} in the target that could be written.`,
    );
  }
  const list = known.size === 0 ? '' : ` (${names.map(quotedIdentifier).join(', ')})`;
  const rows = async function* () {
    yield rest;
    for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
  };
  return copyIn(client, `COPY ${sql}${list} FROM STDIN WITH (FORMAT csv)`, rows());
}

async function readHeader(source: AsyncIterator<Uint8Array>): Promise<{ names: string[]; rest: Uint8Array }> {
  let held: Buffer = Buffer.alloc(0);
  let quoted = false;
  for (let at = 0; ; ) {
    for (; at < held.length; at++) {
      const byte = held[at];
      // A doubled quote closes and opens at once.
      if (byte === quote) quoted = !quoted;
      else if (byte === lineFeed && !quoted) {
        return { names: fields(held.toString('utf8', 0, at)), rest: held.subarray(at + 1) };
      }
    }
    if (held.length > longestHeader) throw new ContentError('it has no header line');
    const { done, value } = await source.next();
    if (done) throw new ContentError('it has not even a header line');
    held = Buffer.concat([held, value]);
  }
}

/** The fields of a line of CSV. */
function fields(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/gs)].map(
    ([, quotedText, plain]) => quotedText?.replaceAll('""', '"') ?? plain ?? '',
  );
}
