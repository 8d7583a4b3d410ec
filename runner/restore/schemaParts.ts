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
  const lines = schema
    .split('\n')
    .filter(
      (line) => token === undefined || (line !== `\\restrict ${token}` && line !== `\\unrestrict ${token}`),
    )
    .filter((line) => serverVersion >= 170000 || !line.startsWith('SET transaction_timeout ='));
  const text = lines.join('\n');
  const border = laterHeader.exec(text)?.index ?? text.length;
  return { before: text.slice(0, border), after: text.slice(border) };
}
