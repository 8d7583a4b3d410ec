import { type FieldTree, parseFieldMask } from './fieldMask.ts';

// Names as in Drive's discovery document. `x(*)` is a map, or an object whose inside the fake never fills.
const user = 'displayName,emailAddress,kind,me,permissionId,photoLink';
const capabilities = [
  'canAcceptOwnership,canAccessViaGenAi,canAddChildren,canAddFolderFromAnotherDrive,canAddMyDriveParent',
  'canChangeCopyRequiresWriterPermission,canChangeItemDownloadRestriction,canChangeSecurityUpdateEnabled',
  'canChangeViewersCanCopyContent,canComment,canCopy,canDelete,canDeleteChildren',
  'canDisableInheritedPermissions,canDownload,canEdit,canEnableInheritedPermissions,canListChildren',
  'canModifyContent,canModifyContentRestriction,canModifyEditorContentRestriction,canModifyLabels',
  'canModifyOwnerContentRestriction,canMoveChildrenOutOfDrive,canMoveChildrenOutOfTeamDrive',
  'canMoveChildrenWithinDrive,canMoveChildrenWithinTeamDrive,canMoveItemIntoTeamDrive',
  'canMoveItemOutOfDrive,canMoveItemOutOfTeamDrive,canMoveItemWithinDrive,canMoveItemWithinTeamDrive',
  'canMoveTeamDriveItem,canReadDrive,canReadLabels,canReadRevisions,canReadTeamDrive,canRemoveChildren',
  'canRemoveContentRestriction,canRemoveMyDriveParent,canRename,canShare,canStartApproval,canTrash',
  'canTrashChildren,canUntrash',
].join();
const file = [
  `appProperties(*),capabilities(${capabilities}),clientEncryptionDetails(*)`,
  'contentHints(indexableText,thumbnail(image,mimeType)),contentRestrictions(*)',
  'copyRequiresWriterPermission,createdTime,description,downloadRestrictions(*),driveId',
  'explicitlyTrashed,exportLinks(*),fileExtension,folderColorRgb,fullFileExtension',
  'hasAugmentedPermissions,hasThumbnail,headRevisionId,iconLink,id,imageMediaMetadata(*)',
  `inheritedPermissionsDisabled,isAppAuthorized,kind,labelInfo(*),lastModifyingUser(${user})`,
  'linkShareMetadata(securityUpdateEligible,securityUpdateEnabled),md5Checksum,mimeType,modifiedByMe',
  `modifiedByMeTime,modifiedTime,name,originalFilename,ownedByMe,owners(${user}),parents,permissionIds`,
  'permissions(*),properties(*),quotaBytesUsed,resourceKey,sha1Checksum,sha256Checksum,shared',
  `sharedWithMeTime,sharingUser(${user}),shortcutDetails(targetId,targetMimeType,targetResourceKey),size`,
  `spaces,starred,teamDriveId,thumbnailLink,thumbnailVersion,trashed,trashedTime,trashingUser(${user})`,
  'version,videoMediaMetadata(*),viewedByMe,viewedByMeTime,viewersCanCopyContent,webContentLink',
  'webViewLink,writersCanShare',
].join();

/** A form of answers: the names of their fields, written as a mask. */
export function schema(text: string): FieldTree {
  const tree = parseFieldMask(text);
  if (!tree) throw new Error(`Not a schema: ${text}`);
  return tree;
}

/** The fields of a file. */
export const fileSchema = schema(file);

/** The fields of a page of files. */
export const fileListSchema = schema(`files(${file}),incompleteSearch,kind,nextPageToken`);

/** The fields of about.get. */
export const aboutSchema = schema(
  'appInstalled,canCreateDrives,canCreateTeamDrives,driveThemes(*),exportFormats(*),folderColorPalette,' +
    `importFormats(*),kind,maxImportSizes(*),maxUploadSize,storageQuota(limit,usage,usageInDrive,` +
    `usageInDriveTrash),teamDriveThemes(*),user(${user})`,
);

/** The fields of files.generateIds. */
export const generatedIDsSchema = schema('ids,kind,space');

/** What comes when nobody asks for fields. */
export const defaultFileFields = 'kind,id,name,mimeType';
export const defaultListFields = `kind,incompleteSearch,nextPageToken,files(${defaultFileFields})`;
