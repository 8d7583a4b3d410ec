import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { fileNotFound } from '../driveError.ts';
import type { Grant } from '../oauth/authorizations.ts';
import { scope } from '../oauth/scopes.ts';
import { folderType, type StoredFile } from './storedFile.ts';

/** All files of the account. */
export class DriveStore {
  readonly files = new Map<string, StoredFile>();
  readonly rootID: string;
  /** IDs given out by files.generateIds. */
  readonly generatedIDs = new Set<string>();
  /** Page tokens given out: the query they belong to and the IDs still to come. */
  readonly pages = new Map<string, { query: string; ids: readonly string[]; page: number }>();

  constructor(now: Date) {
    this.rootID = `0A${randomBytes(12).toString('base64url')}PVA`;
    this.add(newFile({ id: this.rootID, name: 'My Drive', mimeType: folderType, time: now }));
  }

  add(file: StoredFile): StoredFile {
    this.files.set(file.id, file);
    return file;
  }

  /** A new ID, 33 characters as Drive's own. */
  newID(): string {
    return `1${randomBytes(24).toString('base64url')}`;
  }

  /** Whether this grant may know of the file: drive.file shows only what the app made or the user picked for it. */
  visible(file: StoredFile, grant: Grant): boolean {
    const everything = ['drive', 'drive.readonly', 'drive.metadata', 'drive.metadata.readonly'];
    if (everything.some((one) => grant.scopes.includes(scope(one)))) return true;
    return file.visibleTo.has(grant.clientID);
  }

  /** The file, or 404 where it does not exist or is out of sight. */
  find(id: string, grant: Grant): StoredFile {
    const file = this.files.get(id === 'root' ? this.rootID : id);
    if (!file || !this.visible(file, grant)) throw fileNotFound(id);
    return file;
  }

  /** In the bin, itself or with a folder above it. */
  trashed(file: StoredFile): boolean {
    if (file.trashedTime) return true;
    const parent = file.parent === undefined ? undefined : this.files.get(file.parent);
    return parent !== undefined && this.trashed(parent);
  }

  children(id: string): StoredFile[] {
    return [...this.files.values()].filter((file) => file.parent === id);
  }

  /** Removes a file for ever, with everything below it. */
  async remove(file: StoredFile): Promise<void> {
    this.files.delete(file.id);
    if (file.content) await rm(file.content.path, { force: true });
    for (const child of this.children(file.id)) await this.remove(child);
  }

  /** Bytes of all contents; of those in the bin. */
  usage(): { total: number; inTrash: number } {
    let total = 0;
    let inTrash = 0;
    for (const file of this.files.values()) {
      const size = file.content?.size ?? 0;
      total += size;
      if (size > 0 && this.trashed(file)) inTrash += size;
    }
    return { total, inTrash };
  }
}

/** A file with nothing but what every file has. */
export function newFile(
  given: Pick<StoredFile, 'id' | 'name' | 'mimeType'> & Partial<StoredFile> & { time: Date },
): StoredFile {
  const { time, ...rest } = given;
  return {
    description: undefined,
    originalFilename: undefined,
    starred: false,
    parent: undefined,
    createdBy: undefined,
    visibleTo: new Set(rest.createdBy === undefined ? [] : [rest.createdBy]),
    trashedTime: undefined,
    createdTime: time,
    modifiedTime: time,
    version: 1,
    appProperties: new Map(),
    properties: {},
    content: undefined,
    spreadsheet: undefined,
    wrongChecksum: false,
    wrongSize: false,
    unlisted: 0,
    ...rest,
  };
}
