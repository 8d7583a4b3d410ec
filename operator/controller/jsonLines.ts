const newline = 0x0a;

/**
 * The JSON values of a stream, one a line. Lines are cut as bytes, so neither a line nor a character needs to arrive in
 * one piece. Throws where the stream ends within a line, or a line is longer than `longest` bytes.
 */
export async function* jsonLines(
  stream: AsyncIterable<Uint8Array>,
  longest = 64 * 1024 * 1024,
): AsyncGenerator<unknown, void, undefined> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const bytes of stream) {
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      parts.push(bytes.subarray(start, end));
      const line = Buffer.concat(parts).toString();
      parts = [];
      length = 0;
      start = end + 1;
      if (line.trim() !== '') yield parsed(line);
    }
    if (start === bytes.length) continue;
    parts.push(bytes.subarray(start));
    length += bytes.length - start;
    if (length > longest) throw new LineError('LineTooLong');
  }
  if (length > 0) throw new LineError('HalfALine');
}

/** What came is no line of JSON. Its words are never quoted. */
export class LineError extends Error {
  override readonly name = 'LineError';
  readonly code: string;
  constructor(code: string) {
    super(`A watch broke: ${code}.`);
    this.code = code;
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new LineError('NotJSON');
  }
}
