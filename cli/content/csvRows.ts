import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ParserOptionsArgs, parse } from 'fast-csv';
import { ContentError } from '../../runner/content/tableRows.ts';

// Every line counts: the only column of a row may be NULL, which is an empty line.
const options: ParserOptionsArgs = { headers: false, ignoreEmpty: false };

/** Parses a CSV file with fast-csv and counts its rows, the header not among them. Throws ContentError. */
export async function csvRows(content: AsyncIterable<Uint8Array>): Promise<number> {
  let lines = 0;
  let columns = 0;
  const wrong = (what: string) => new ContentError(`it is not valid CSV after ${lines} lines: ${what}`);
  let failedToRead: unknown;
  const source = async function* () {
    try {
      yield* content;
    } catch (error) {
      failedToRead = error;
      throw error;
    }
  };
  try {
    await pipeline(Readable.from(source()), parse(options), async (rows: AsyncIterable<string[]>) => {
      for await (const row of rows) {
        // fast-csv gives an empty line as a row without fields.
        const width = Math.max(row.length, 1);
        if (lines === 0) columns = width;
        else if (width !== columns) throw wrong(`${width} fields instead of ${columns}`);
        lines++;
      }
    });
  } catch (error) {
    if (failedToRead !== undefined) throw failedToRead;
    // The words of fast-csv quote the row.
    throw error instanceof ContentError ? error : wrong('quotes that do not close');
  }
  if (lines === 0) throw new ContentError('it has not even a header line');
  return lines - 1;
}
