import { uploadError } from '../httpError.ts';

/** What a Content-Range of an upload says; `total` undefined: not known yet. */
export type ContentRange =
  | { kind: 'status'; total: number | undefined }
  | { kind: 'bytes'; first: number; last: number; total: number | undefined };

/** Parses a Content-Range as Google's upload servers do; anything else than the three forms is refused. */
export function contentRange(header: string): ContentRange {
  const status = /^bytes \*\/(\d+|\*)$/.exec(header);
  if (status) return { kind: 'status', total: number(status[1]) };
  const bytes = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header);
  if (!bytes) throw unparsable();
  const [first, last, total] = [Number(bytes[1]), Number(bytes[2]), number(bytes[3])];
  if (last < first || (total !== undefined && last >= total)) throw unparsable();
  return { kind: 'bytes', first, last, total };
}

function number(text: string | undefined): number | undefined {
  return text === undefined || text === '*' ? undefined : Number(text);
}

function unparsable() {
  return uploadError(400, 'Failed to parse Content-Range header.');
}
