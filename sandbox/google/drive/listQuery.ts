import { invalidParameter } from '../driveError.ts';

/** A search of files.list, parsed: https://developers.google.com/drive/api/guides/ref-search-terms */
export type ListQuery =
  | { kind: 'and' | 'or'; left: ListQuery; right: ListQuery }
  | { kind: 'not'; query: ListQuery }
  | { kind: 'parent'; id: string }
  | { kind: 'trashed'; equals: boolean }
  | { kind: 'name'; operator: '=' | '!=' | 'contains'; value: string }
  | { kind: 'mimeType'; operator: '=' | '!=' | 'contains'; value: string }
  | { kind: 'property'; map: 'appProperties' | 'properties'; key: string; value: string };

// Double quotes are not documented; gspread writes them, and `parents in`, and finds its files.
const token = /\s*(?:('(?:[^'\\]|\\[\\'])*'|"(?:[^"\\]|\\[\\"])*")|(!=|[=(){}]|[A-Za-z]+))/y;
const isString = (word: string) => /^['"]/.test(word);

/** Parses `q`; whatever the fake does not know is 400 invalid, as is whatever Drive does not know. */
export function parseListQuery(q: string): ListQuery {
  const tokens = tokenize(q);
  let at = 0;
  const next = (): string => tokens[at++] ?? fail();
  const expect = (word: string): void => {
    if (next() !== word) fail();
  };
  const string = (): string => {
    const text = next();
    return isString(text) ? text.slice(1, -1).replace(/\\(.)/g, '$1') : fail();
  };
  const operator = (): '=' | '!=' | 'contains' => {
    const word = next();
    return word === '=' || word === '!=' || word === 'contains' ? word : fail();
  };
  const any = (): ListQuery => {
    let left = all();
    while (tokens[at] === 'or') {
      at++;
      left = { kind: 'or', left, right: all() };
    }
    return left;
  };
  const all = (): ListQuery => {
    let left = one();
    while (tokens[at] === 'and') {
      at++;
      left = { kind: 'and', left, right: one() };
    }
    return left;
  };
  const one = (): ListQuery => {
    const word = next();
    if (word === 'not') return { kind: 'not', query: one() };
    if (word === '(') {
      const inner = any();
      expect(')');
      return inner;
    }
    if (word === 'parents') {
      expect('in');
      return { kind: 'parent', id: string() };
    }
    if (isString(word)) {
      at--;
      const id = string();
      expect('in');
      expect('parents');
      return { kind: 'parent', id };
    }
    if (word === 'trashed') {
      const sign = operator();
      const value = next();
      if (sign === 'contains' || (value !== 'true' && value !== 'false')) return fail();
      return { kind: 'trashed', equals: (value === 'true') === (sign === '=') };
    }
    if (word === 'name' || word === 'mimeType') return { kind: word, operator: operator(), value: string() };
    if (word === 'appProperties' || word === 'properties') {
      for (const part of ['has', '{', 'key', '=']) expect(part);
      const key = string();
      for (const part of ['and', 'value', '=']) expect(part);
      const value = string();
      expect('}');
      return { kind: 'property', map: word, key, value };
    }
    return fail();
  };
  const query = any();
  return at === tokens.length ? query : fail();
}

/** The folder IDs that a query names. */
export function parentsOf(query: ListQuery): string[] {
  if (query.kind === 'parent') return [query.id];
  if (query.kind === 'not') return parentsOf(query.query);
  if (query.kind === 'and' || query.kind === 'or')
    return [...parentsOf(query.left), ...parentsOf(query.right)];
  return [];
}

function tokenize(q: string): string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (q.slice(token.lastIndex).trim() !== '') {
    const found = token.exec(q);
    const text = found?.[1] ?? found?.[2];
    if (text === undefined) return fail();
    tokens.push(text);
  }
  return tokens;
}

function fail(): never {
  throw invalidParameter('q', 'Invalid Value', 'invalid');
}
