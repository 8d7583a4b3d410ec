import { z } from 'zod';
import { objectName, patterned, ruled, secretKeyRef } from './specTypes.ts';

const googleDrive = z.strictObject({
  folderID: patterned(
    z.string().max(1024),
    /^[A-Za-z0-9_-]{10,100}$/,
    'is no ID of a folder: take the part after /folders/ in the address of the opened folder',
  ).describe('ID of the folder: the part after /folders/ in its address.'),
  credentialsSecretRef: secretKeyRef(
    'token.json',
    'the OAuth refresh token, as `dbbackup auth login` prints it',
  ).describe('OAuth refresh token of the account that owns the folder. Service accounts have no storage.'),
});

const directory = z.strictObject({
  path: patterned(z.string().max(4096), /^\//, 'write an absolute path such as /backups').describe(
    'Absolute path of a folder that exists; in a cluster the claim is mounted there.',
  ),
  claimName: objectName
    .optional()
    .describe('PersistentVolumeClaim that holds the folder. Needed in a cluster.'),
});

/** spec.destination: where the files go. */
export const destinationSpec = ruled(
  z.strictObject({
    googleDrive: googleDrive.optional().describe('A folder of a personal Google Drive.'),
    directory: directory.optional().describe('A folder of a file system.'),
  }),
  {
    check: (value) => (value.googleDrive === undefined) !== (value.directory === undefined),
    cel: 'has(self.googleDrive) != has(self.directory)',
    message: 'name exactly one of googleDrive and directory',
  },
);

/** In a cluster a folder needs a claim; on a laptop any folder will do, so zod does not ask for it. */
export const claimInCluster = {
  rule: '!has(self.spec.destination.directory) || has(self.spec.destination.directory.claimName)',
  message: 'in a cluster the folder lies on a PersistentVolumeClaim: name it in claimName',
  fieldPath: '.spec.destination.directory',
};
export type DestinationSpec = z.output<typeof destinationSpec>;
