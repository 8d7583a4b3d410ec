import type { Spreadsheet } from '../sheets/spreadsheet.ts';
import type { Content } from './contentWriter.ts';

/** MIME type of a folder. */
export const folderType = 'application/vnd.google-apps.folder';

/** A file or folder as the fake holds it. */
export interface StoredFile {
  readonly id: string;
  name: string;
  mimeType: string;
  description: string | undefined;
  originalFilename: string | undefined;
  starred: boolean;
  /** The one parent; undefined for the root itself. */
  parent: string | undefined;
  /** The client that made it; undefined: made by the user's own hand. */
  readonly createdBy: string | undefined;
  /** Clients that see it under drive.file: its maker, and those the user picked it for. */
  readonly visibleTo: Set<string>;
  /** Put into the bin itself, not by way of its folder. */
  trashedTime: Date | undefined;
  createdTime: Date;
  modifiedTime: Date;
  version: number;
  /** Private to each client ID. */
  readonly appProperties: Map<string, Record<string, string>>;
  properties: Record<string, string>;
  /** Undefined for Google's own types. */
  readonly content: Content | undefined;
  /** What a file of type spreadsheetType holds instead of content. */
  readonly spreadsheet: Spreadsheet | undefined;
  /** Faults: what is told instead of the truth. */
  wrongChecksum: boolean;
  wrongSize: boolean;
  /** Listings that will not show it yet. */
  unlisted: number;
}
