import { ContentError, type TableRows } from '../../runner/content/tableRows.ts';

const complete = '-- PostgreSQL database dump complete';
const lineFeed = 0x0a;
/** Longer lines are rows, or texts that tell nothing of tables. */
const longestLine = 16_384;
const identifier = '("(?:[^"]|"")+"|[^\\s."(]+)';
const dataComment = /^-- Data for Name: .*; Type: TABLE DATA;/;
const copy = new RegExp(`^COPY ${identifier}\\.${identifier} (?:\\(.*\\) )?FROM stdin;$`);
const create = new RegExp(`^CREATE (?:UNLOGGED )?TABLE ${identifier}\\.${identifier} \\(`);
const attach = new RegExp(
  `^ALTER TABLE ONLY ${identifier}\\.${identifier} ATTACH PARTITION ${identifier}\\.${identifier} `,
);

/**
 * Reads a plain dump to its end and counts the rows of the tables that it creates, those of partitions for their
 * root, as `schema.table`. Throws ContentError unless pg_dump's last words are there.
 */
export async function sqlRows(content: AsyncIterable<Uint8Array>): Promise<TableRows[]> {
  const rows = new Map<string, number>();
  const parents = new Map<string, string>();
  let table: string | undefined;
  let announced = false;
  let finished = false;
  for await (const line of lines(content)) {
    if (table !== undefined) {
      if (line === '\\.') table = undefined;
      else rows.set(table, (rows.get(table) ?? 0) + 1);
      continue;
    }
    if (line === complete) finished = true;
    if (dataComment.test(line)) announced = true;
    const data = announced ? copy.exec(line) : null;
    if (data) {
      table = qualified(data[1], data[2]);
      announced = false;
      rows.set(table, rows.get(table) ?? 0);
    }
    const created = create.exec(line);
    if (created) rows.set(qualified(created[1], created[2]), 0);
    const partition = attach.exec(line);
    if (partition) parents.set(qualified(partition[3], partition[4]), qualified(partition[1], partition[2]));
  }
  if (table !== undefined) throw new ContentError('it ends in the middle of a table');
  if (!finished)
    throw new ContentError('it lacks the last words of pg_dump, "PostgreSQL database dump complete"');
  return byRoot(rows, parents);
}

function byRoot(rows: ReadonlyMap<string, number>, parents: ReadonlyMap<string, string>): TableRows[] {
  const sums = new Map<string, number>();
  for (const [name, count] of rows) {
    let root = name;
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) root = parent;
    sums.set(root, (sums.get(root) ?? 0) + count);
  }
  return [...sums].map(([name, count]) => ({ name, rows: count }));
}

const bare = (word = '') => (word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word);

function qualified(schema: string | undefined, table: string | undefined): string {
  return `${bare(schema)}.${bare(table)}`;
}

/** The lines of a text, long ones cut. */
async function* lines(content: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let held: Buffer[] = [];
  let length = 0;
  const keep = (part: Buffer) => {
    if (length < longestLine) held.push(part.subarray(0, longestLine - length));
    length += part.length;
  };
  for await (const chunk of content) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let from = 0;
    for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, from)) {
      keep(bytes.subarray(from, at));
      yield Buffer.concat(held).toString('utf8');
      held = [];
      length = 0;
      from = at + 1;
    }
    // A copy: the chunk may be reused.
    if (from < bytes.length) keep(Buffer.from(bytes.subarray(from)));
  }
  if (length > 0) yield Buffer.concat(held).toString('utf8');
}
