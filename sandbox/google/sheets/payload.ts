import { type FieldTree, parseFieldMask } from '../drive/fieldMask.ts';
import { invalidPayload, SheetsRefusal } from './sheetsError.ts';

/** An object of the JSON that came, its names checked. */
export type Payload = Readonly<Record<string, unknown>>;

/** Parses a body that must be an object; an empty one is an empty object. */
export function parsePayload(json: string): unknown {
  if (json.trim() === '') return {};
  try {
    return JSON.parse(json);
  } catch {
    throw invalidPayload('', 'Invalid JSON payload received. Unexpected token.');
  }
}

/** The object at a place, refused where it has other names than these. */
export function payload(value: unknown, at: string, names: readonly string[]): Payload {
  const given = anyPayload(value, at);
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const place = at === '' ? '' : ` at '${at}'`;
    throw invalidPayload(
      at,
      `Invalid JSON payload received. Unknown name "${name}"${place}: Cannot find field.`,
    );
  }
  return given;
}

/** The object at a place, whatever its names. */
export function anyPayload(value: unknown, at: string): Payload {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidPayload(at, `Invalid value at '${at}', ${JSON.stringify(value)}`);
  return value as Payload;
}

const kinds = { string: 'TYPE_STRING', number: 'TYPE_DOUBLE', boolean: 'TYPE_BOOL' } as const;

function primitive(given: Payload, name: string, at: string, kind: keyof typeof kinds): unknown {
  const value = given[name];
  // null counts as absent in the JSON of protocol buffers.
  if (value === undefined || value === null) return undefined;
  if (typeof value !== kind) throw wrongType(place(at, name), kinds[kind], value);
  return value;
}

/** The text of a name, if it is there. */
export function text(given: Payload, name: string, at: string): string | undefined {
  return primitive(given, name, at, 'string') as string | undefined;
}

/** The boolean of a name, if it is there. */
export function flag(given: Payload, name: string, at: string): boolean | undefined {
  return primitive(given, name, at, 'boolean') as boolean | undefined;
}

/** The number of a name, if it is there. */
export function double(given: Payload, name: string, at: string): number | undefined {
  return primitive(given, name, at, 'number') as number | undefined;
}

/** The whole number of 32 bits of a name, if it is there. */
export function integer(given: Payload, name: string, at: string): number | undefined {
  const value = given[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || (value | 0) !== value)
    throw wrongType(place(at, name), 'TYPE_INT32', value);
  return value;
}

/** The list of a name, empty where it is absent. */
export function list(given: Payload, name: string, at: string): readonly unknown[] {
  const value = given[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongType(place(at, name), 'TYPE_MESSAGE', value);
  return value;
}

/** One word of some, if it is there; `type` is the enum's name at Google. */
export function word<T extends string>(
  value: string | undefined | null,
  at: string,
  type: string,
  words: readonly T[],
): T | undefined {
  if (value === undefined || value === null) return undefined;
  const found = words.find((one) => one === value);
  if (found === undefined) {
    const full = `type.googleapis.com/google.apps.sheets.v4.${type}`;
    throw invalidPayload(at, `Invalid value at '${at}' (${full}), "${value}"`);
  }
  return found;
}

/**
 * The fields that a change names, as `title` or `gridProperties.rowCount`, however the mask was written (`a/b`, `a.b`,
 * `a(b)`); refused where there is none.
 */
export function fieldPaths(given: Payload, at: string): readonly string[] {
  const mask = text(given, 'fields', at) ?? '';
  if (mask === '') {
    throw new SheetsRefusal(
      "At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)",
    );
  }
  const tree = parseFieldMask(mask);
  if (!tree)
    throw invalidPayload(place(at, 'fields'), `Invalid value at '${place(at, 'fields')}', "${mask}"`);
  return paths(tree);
}

function paths(tree: FieldTree): string[] {
  return [...tree].flatMap(([name, below]) =>
    below.size === 0 ? [name] : paths(below).map((path) => `${name}.${path}`),
  );
}

function place(at: string, name: string): string {
  return at === '' ? name : `${at}.${name}`;
}

function wrongType(at: string, type: string, value: unknown) {
  return invalidPayload(at, `Invalid value at '${at}' (${type}), ${JSON.stringify(value)}`);
}
