import type { FileTags, NewFile } from './destination.ts';

/** Tags as a run writes them. */
export const someTags: FileTags = {
  owner: 'b7a6c0de-0000-4000-8000-000000000001',
  set: 'backup_20260210_020000',
  deadline: '2126-02-10T03:00:00Z',
};

/** A file to create, with tags. */
export function newFile(name: string, more: Partial<NewFile> = {}): NewFile {
  return { name, contentType: 'application/octet-stream', tags: someTags, ...more };
}
