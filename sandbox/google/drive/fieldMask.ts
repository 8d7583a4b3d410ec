import { invalidParameter } from '../driveError.ts';
import type { HttpError } from '../httpError.ts';

/** Names under names; an empty map below a name means all of it, the name `*` all at that level. */
export type FieldTree = ReadonlyMap<string, FieldTree>;

/** Parses `a,b(c,d/e,f.g),*`; undefined where it is no mask at all. */
export function parseFieldMask(text: string): FieldTree | undefined {
  let at = 0;
  const list = (): Map<string, FieldTree> | undefined => {
    const tree = new Map<string, Map<string, FieldTree>>();
    for (;;) {
      let level = tree as Map<string, FieldTree>;
      for (;;) {
        const name = /^\s*([A-Za-z0-9_$-]+|\*)\s*/.exec(text.slice(at));
        if (!name?.[1]) return undefined;
        at += name[0].length;
        const below = (level.get(name[1]) as Map<string, FieldTree> | undefined) ?? new Map();
        level.set(name[1], below);
        level = below;
        if (text[at] !== '/' && text[at] !== '.') break;
        at++;
      }
      if (text[at] === '(') {
        at++;
        const inner = list();
        if (!inner || text[at] !== ')') return undefined;
        at++;
        for (const [name, below] of inner) level.set(name, below);
      }
      if (text[at] !== ',') return tree;
      at++;
    }
  };
  const tree = list();
  return tree && at === text.length ? tree : undefined;
}

/** The parts of `resource` that the mask asks for; refuses a name that the schema does not have. */
export function applyFieldMask(
  resource: unknown,
  mask: string,
  schema: FieldTree,
  refusal = invalidSelection,
): unknown {
  return select(resource, checkedTree(mask, schema, refusal));
}

/** Refuses a mask before any work is done for it. */
export function checkFieldMask(mask: string | null, schema: FieldTree, refusal = invalidSelection): void {
  if (mask !== null) checkedTree(mask, schema, refusal);
}

function checkedTree(mask: string, schema: FieldTree, refusal: typeof invalidSelection): FieldTree {
  const tree = parseFieldMask(mask);
  if (!tree) throw refusal(mask);
  checkNames(tree, schema, refusal);
  return tree;
}

function checkNames(tree: FieldTree, schema: FieldTree, refusal: typeof invalidSelection): void {
  for (const [name, below] of tree) {
    const known = schema.get(name);
    if (name === '*') {
      if (below.size > 0)
        for (const inner of schema.values()) if (inner.size > 0) checkNames(below, inner, refusal);
      continue;
    }
    // A `*` in the schema stands for a map with keys of the client's choice.
    if (known === undefined && !schema.has('*')) throw refusal(name);
    if (below.size > 0) checkNames(below, known ?? new Map(), refusal);
  }
}

function select(value: unknown, tree: FieldTree): unknown {
  if (tree.size === 0) return value;
  if (Array.isArray(value)) return value.map((item) => select(item, tree));
  if (typeof value !== 'object' || value === null) return value;
  const picked: Record<string, unknown> = {};
  const all = tree.get('*');
  for (const [name, inner] of Object.entries(value)) {
    const below = tree.get(name) ?? all;
    if (below !== undefined && inner !== undefined) picked[name] = select(inner, below);
  }
  return picked;
}

function invalidSelection(field: string): HttpError {
  return invalidParameter('fields', `Invalid field selection ${field}`);
}
