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

const places = {
  googleDrive: googleDrive.optional().describe('A folder of a personal Google Drive.'),
  directory: directory.optional().describe('A folder of a file system.'),
};
const onePlace = {
  check: (value: { googleDrive?: unknown; directory?: unknown }) =>
    (value.googleDrive === undefined) !== (value.directory === undefined),
  cel: 'has(self.googleDrive) != has(self.directory)',
  message: 'name exactly one of googleDrive and directory',
};

/** spec.destination: where the files go. */
export const destinationSpec = ruled(z.strictObject(places), onePlace);

/** spec.source of a restore: a folder with sets, whoever wrote them. */
export const sourceSpec = ruled(
  z.strictObject({
    ...places,
    from: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe(
        'Whose sets, where the folder has those of several backups: NAMESPACE/NAME of the backup, or the owner that its files bear.',
      ),
  }),
  onePlace,
);
export type SourceSpec = z.output<typeof sourceSpec>;

/** In a cluster a folder needs a claim; on a laptop any folder will do, so zod does not ask for it. */
export const claimInCluster = (field: 'destination' | 'source') => ({
  rule: `${field === 'source' ? '!has(self.spec.source) || ' : ''}!has(self.spec.${field}.directory) || has(self.spec.${field}.directory.claimName)`,
  message: 'in a cluster the folder lies on a PersistentVolumeClaim: name it in claimName',
  fieldPath: `.spec.${field}.directory`,
});
export type DestinationSpec = z.output<typeof destinationSpec>;
