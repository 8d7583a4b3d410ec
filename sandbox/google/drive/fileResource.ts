import type { GoogleState } from '../googleState.ts';
import type { Grant } from '../oauth/authorizations.ts';
import { spreadsheetURL } from '../sheets/spreadsheetResource.ts';
import { folderType, type StoredFile } from './storedFile.ts';

/** A file as Drive's JSON shows it to one client, all fields that the fake holds. Sizes are strings. */
export function fileResource(state: GoogleState, file: StoredFile, grant: Grant): Record<string, unknown> {
  const { drive, account } = state;
  const folder = file.mimeType === folderType;
  const root = file.id === drive.rootID;
  const trashed = drive.trashed(file);
  const parent = file.parent === undefined ? undefined : drive.files.get(file.parent);
  const user = {
    kind: 'drive#user',
    displayName: account.displayName,
    me: true,
    permissionId: '01234567890123456789',
    emailAddress: account.email,
  };
  const extension = /\.([A-Za-z0-9]{1,16})$/.exec(file.name)?.[1];
  return {
    kind: 'drive#file',
    id: file.id,
    name: file.name,
    mimeType: file.mimeType,
    description: file.description,
    starred: file.starred,
    trashed,
    explicitlyTrashed: file.trashedTime !== undefined,
    trashedTime: file.trashedTime?.toISOString(),
    // A folder out of sight is not named to the app.
    parents: parent && (parent.id === drive.rootID || drive.visible(parent, grant)) ? [parent.id] : undefined,
    properties: nonEmpty(file.properties),
    appProperties: nonEmpty(file.appProperties.get(grant.clientID)),
    spaces: ['drive'],
    version: String(file.version),
    webViewLink: viewLink(state, file),
    createdTime: file.createdTime.toISOString(),
    modifiedTime: file.modifiedTime.toISOString(),
    modifiedByMeTime: file.modifiedTime.toISOString(),
    modifiedByMe: true,
    owners: [user],
    lastModifyingUser: user,
    ownedByMe: true,
    shared: false,
    viewedByMe: false,
    writersCanShare: true,
    isAppAuthorized: file.visibleTo.has(grant.clientID),
    quotaBytesUsed: String(file.content?.size ?? 0),
    hasThumbnail: false,
    capabilities: {
      canAddChildren: folder && !trashed,
      canListChildren: folder,
      canEdit: !trashed,
      canRename: !trashed && !root,
      canDownload: file.content !== undefined,
      canCopy: !folder,
      canShare: !trashed && !root,
      canDelete: !root,
      canTrash: !trashed && !root,
      canUntrash: file.trashedTime !== undefined,
    },
    // How many bytes a spreadsheet counts is unconfirmed; nothing of it counts against the storage here.
    ...(file.spreadsheet && { size: '1024' }),
    ...(file.content && contentFields(state, file, file.content, extension)),
  };
}

function viewLink(state: GoogleState, file: StoredFile): string {
  const { url } = state;
  if (file.spreadsheet) return spreadsheetURL(state, file.id);
  return file.mimeType === folderType ? `${url}/drive/folders/${file.id}` : `${url}/file/d/${file.id}/view`;
}

function contentFields(
  state: GoogleState,
  file: StoredFile,
  content: NonNullable<StoredFile['content']>,
  extension: string | undefined,
) {
  return {
    size: String(content.size + (file.wrongSize ? 1 : 0)),
    md5Checksum: untrue(content.md5, file.wrongChecksum),
    sha1Checksum: untrue(content.sha1, file.wrongChecksum),
    sha256Checksum: untrue(content.sha256, file.wrongChecksum),
    originalFilename: file.originalFilename ?? file.name,
    fileExtension: extension,
    fullFileExtension: extension,
    webContentLink: `${state.url}/file/d/${file.id}/download`,
    headRevisionId: `0B${file.id.slice(1, 25)}`,
  };
}

function untrue(hex: string, wrong: boolean): string {
  return wrong ? hex.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) : hex;
}

function nonEmpty(map: Record<string, string> | undefined): Record<string, string> | undefined {
  return map && Object.keys(map).length > 0 ? map : undefined;
}
