import { type Document, type ErrorCode, isMap, LineCounter, type Node, parseAllDocuments, visit } from 'yaml';
import type { z } from 'zod';
import { databaseBackup } from './databaseBackup.ts';
import { BackupError } from './failureReason.ts';
import { parseResource, type Resource } from './parseResource.ts';

/** Reads all documents of a YAML (or JSON) text. Throws InvalidSpec with line and column. */
export function readResources(text: string, file: string): Resource[] {
  const lines = new LineCounter();
  // Kubernetes reads YAML 1.1-ish; a duplicate key is an error there and here.
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const position = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const resources: Resource[] = [];
  for (const document of Array.isArray(documents) ? documents : []) {
    const problem = document.errors[0];
    if (problem)
      throw new BackupError('InvalidSpec', `${position(problem.pos[0])}: ${malformed(problem.code)}`);
    if (document.contents === null) continue;
    const alias = openAlias(document);
    if (alias !== undefined) {
      throw new BackupError(
        'InvalidSpec',
        `${position(alias)}: an alias (*) without its anchor (&); put a value that begins with * in quotes`,
      );
    }
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (!isMap(document.contents) || typeof value !== 'object' || value === null) {
      throw new BackupError('InvalidSpec', `${position(document.range[0])}: a Kubernetes resource is a map`);
    }
    resources.push({
      kind: String((value as { kind?: unknown }).kind ?? ''),
      value: value as Record<string, unknown>,
      where(path) {
        for (let length = path.length; length > 0; length--) {
          const node = document.getIn(path.slice(0, length), true) as Node | undefined;
          if (node?.range) return position(node.range[0]);
        }
        return position(document.range[0]);
      },
    });
  }
  return resources;
}

/** What is wrong, without yaml's own words: they quote the text, which may be a Secret. */
function malformed(code: ErrorCode): string {
  if (code === 'DUPLICATE_KEY') return 'this key is here twice in one map';
  return `this is not YAML (${code.toLowerCase().replaceAll('_', ' ')}): check indentation, quotes and brackets from here on`;
}

/** Where the first alias stands whose anchor does not come before it. */
function openAlias(document: Document): number | undefined {
  let found: number | undefined;
  visit(document, {
    Alias(_, node) {
      if (node.resolve(document) !== undefined) return undefined;
      found = node.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return found;
}

/** The DatabaseBackup (of a name) among the documents. Throws InvalidSpec unless there is exactly one. */
export function findDatabaseBackup(resources: readonly Resource[], file: string, name?: string) {
  return findResource(resources, file, { kind: 'DatabaseBackup', schema: databaseBackup, name });
}

/** The resources of a kind (and a name) among the documents. */
export function resourcesOf(resources: readonly Resource[], wanted: string, name?: string): Resource[] {
  return resources.filter(
    ({ kind, value }) =>
      kind === wanted &&
      (name === undefined || (value.metadata as { name?: unknown } | undefined)?.name === name),
  );
}

/** The one resource of a kind (and a name) among the documents, with its defaults. Throws InvalidSpec. */
export function findResource<T extends z.ZodType>(
  resources: readonly Resource[],
  file: string,
  wanted: { readonly kind: string; readonly schema: T; readonly name?: string | undefined },
): z.output<T> {
  const { kind: wantedKind, schema, name } = wanted;
  const found = resourcesOf(resources, wantedKind, name);
  if (found.length !== 1 || found[0] === undefined) {
    const kinds = resources.map(({ kind }) => kind || 'a document without kind').join(', ') || 'nothing';
    throw new BackupError(
      'InvalidSpec',
      found.length === 0
        ? `${file} holds no ${wantedKind}${name === undefined ? '' : ` of the name ${name}`}, but ${kinds}: give the file that kubectl gets`
        : `${file} holds ${found.length} ${wantedKind}s: choose one with --name`,
    );
  }
  return parseResource(schema, found[0]);
}
