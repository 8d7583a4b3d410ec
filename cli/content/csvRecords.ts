const quote = 0x22;
const lineFeed = 0x0a;

/** Counts the rows of a CSV file, the header not among them, by its quotes and line ends alone. */
export async function csvRecords(content: AsyncIterable<Uint8Array>): Promise<number> {
  let lines = 0;
  let quoted = false;
  for await (const chunk of content) {
    // An index is several times as fast as an iterator here.
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      // A doubled quote opens and closes at once.
      if (byte === quote) quoted = !quoted;
      else if (byte === lineFeed && !quoted) lines++;
    }
  }
  return Math.max(0, lines - 1);
}
