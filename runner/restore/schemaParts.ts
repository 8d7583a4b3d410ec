/** A schema as SQL in two parts, between which the rows are loaded: before it tables, after it what checks or indexes them. */
export interface SchemaParts {
  readonly before: string;
  readonly after: string;
}

// pg_dump's own border, the post-data section (dumpableObjectTypePriority in pg_dump_sort.c).
const laterTypes = [
  ...[
    'CONSTRAINT',
    'CHECK CONSTRAINT',
    'FK CONSTRAINT',
    'INDEX',
    'INDEX ATTACH',
    'STATISTICS',
    'RULE',
    'TRIGGER',
  ],
  ...[
    'EVENT TRIGGER',
    'POLICY',
    'ROW SECURITY',
    'PUBLICATION',
    'PUBLICATION TABLE',
    'PUBLICATION TABLES IN SCHEMA',
  ],
  ...['SUBSCRIPTION', 'SUBSCRIPTION TABLE', 'DEFAULT ACL', 'ACL'],
];
const laterHeader = new RegExp(
  `^--\\n-- Name: .*; Type: (?:${laterTypes.join('|')}); Schema: .*\\n--\\n`,
  'm',
);

/**
 * Cuts a schema of pg_dump --schema-only where its post-data section begins, and takes out what is for psql alone and,
 * for a server before 17, a setting that it does not know.
 */
export function schemaParts(schema: string, serverVersion: number): SchemaParts {
  const token = /^\\restrict (\S+)$/m.exec(schema)?.[1];
  const alone = token === undefined ? [] : [`\\restrict ${token}`, `\\unrestrict ${token}`];
  const text = schema
    .split('\n')
    .filter((line) => !alone.includes(line))
    .join('\n');
  const first = text.search(/^-- Name: /m);
  const preamble = first < 0 ? '' : text.slice(0, first);
  const known = serverVersion >= 170000 ? preamble : preamble.replace(/^SET transaction_timeout = .*\n/m, '');
  const whole = known + text.slice(preamble.length);
  const border = laterHeader.exec(whole)?.index ?? whole.length;
  return { before: whole.slice(0, border), after: whole.slice(border) };
}
