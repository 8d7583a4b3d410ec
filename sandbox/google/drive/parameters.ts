import { invalidParameter } from '../driveError.ts';
import type { Exchange } from '../exchange.ts';

const standard = ['$.xgafv', 'access_token', 'alt', 'callback', 'fields', 'key', 'oauth_token'].concat([
  'prettyPrint',
  'quotaUser',
  'upload_protocol',
  'uploadType',
]);
const booleans = new Set([
  'acknowledgeAbuse',
  'enforceSingleParent',
  'ignoreDefaultVisibility',
  'includeItemsFromAllDrives',
  'includeTeamDriveItems',
  'keepRevisionForever',
  'prettyPrint',
  'supportsAllDrives',
  'supportsTeamDrives',
  'useContentAsIndexableText',
]);

/** The query parameters of a method, given twice or misspelt or of the wrong kind: 400. */
export function checkParameters(exchange: Exchange, own: readonly string[]): void {
  const seen = new Set<string>();
  for (const [name, value] of exchange.query) {
    if (!standard.includes(name) && !own.includes(name))
      throw invalidParameter(name, `Unknown name "${name}": Cannot bind query parameter.`);
    if (seen.has(name)) throw invalidParameter(name, `Invalid value for ${name}: given more than once.`);
    seen.add(name);
    if (booleans.has(name) && !/^(true|false)$/i.test(value))
      throw invalidParameter(name, `Invalid boolean value: '${value}'.`);
  }
}

/** An integer within its range; as Drive words it otherwise. */
export function integerParameter(exchange: Exchange, name: string, fallback: number, max: number): number {
  const text = exchange.query.get(name);
  if (text === null) return fallback;
  if (!/^-?\d+$/.test(text)) throw invalidParameter(name, `Invalid integer value: '${text}'.`);
  const value = Number(text);
  if (value < 1 || value > max) {
    throw invalidParameter(name, `Invalid value '${text}'. Values must be within the range: [1, ${max}]`);
  }
  return value;
}
