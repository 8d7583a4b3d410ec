import type { Grant } from '../oauth/authorizations.ts';
import type { DriveStore } from './driveStore.ts';
import type { ListQuery } from './listQuery.ts';
import type { StoredFile } from './storedFile.ts';

/** Whether a file is what the query looks for, seen with this grant. */
export function matchesQuery(query: ListQuery, file: StoredFile, drive: DriveStore, grant: Grant): boolean {
  switch (query.kind) {
    case 'and':
      return matchesQuery(query.left, file, drive, grant) && matchesQuery(query.right, file, drive, grant);
    case 'or':
      return matchesQuery(query.left, file, drive, grant) || matchesQuery(query.right, file, drive, grant);
    case 'not':
      return !matchesQuery(query.query, file, drive, grant);
    case 'parent':
      return file.parent === (query.id === 'root' ? drive.rootID : query.id);
    case 'trashed':
      return drive.trashed(file) === query.equals;
    case 'name':
      return text(query.operator, file.name, query.value);
    case 'mimeType':
      return text(query.operator, file.mimeType, query.value);
    case 'property': {
      const map = query.map === 'properties' ? file.properties : file.appProperties.get(grant.clientID);
      return map?.[query.key] === query.value;
    }
  }
}

// Drive compares without regard to case, and `contains` finds only beginnings of words.
function text(operator: '=' | '!=' | 'contains', have: string, wanted: string): boolean {
  const a = have.toLowerCase();
  const b = wanted.toLowerCase();
  if (operator === '=') return a === b;
  if (operator === '!=') return a !== b;
  for (let at = a.indexOf(b); at >= 0; at = a.indexOf(b, at + 1))
    if (at === 0 || !/[\p{L}\p{N}]/u.test(a[at - 1] ?? '')) return true;
  return false;
}
