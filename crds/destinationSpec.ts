import { z } from 'zod';
import { celRules, objectName, rule, secretKeyRef } from './specTypes.ts';

const googleDrive = z.strictObject({
  folderID: z
    .string()
    .regex(
      /^[A-Za-z0-9_-]{10,100}$/,
      'take the ID from the address of the opened folder: the part after /folders/',
    )
    .describe('ID of the folder: the part after /folders/ in its address.'),
  credentialsSecretRef: secretKeyRef(
    'token.json',
    'the OAuth refresh token, as `dbbackup auth login` prints it',
  ).describe('OAuth refresh token of the account that owns the folder. Service accounts have no storage.'),
});

const directory = z.strictObject({
  path: z
    .string()
    .max(4096)
    .regex(/^\//, 'write an absolute path')
    .describe('Absolute path of a folder that exists; in a cluster the claim is mounted there.'),
  claimName: objectName
    .optional()
    .describe('PersistentVolumeClaim that holds the folder. Needed in a cluster.'),
});

/** spec.destination: where the files go. */
export const destinationSpec = z
  .strictObject({
    googleDrive: googleDrive.optional().describe('A folder of a personal Google Drive.'),
    directory: directory.optional().describe('A folder of a file system.'),
  })
  .refine((value) => (value.googleDrive === undefined) !== (value.directory === undefined), {
    error: 'name exactly one of googleDrive and directory',
  })
  .meta(
    celRules(
      rule('has(self.googleDrive) != has(self.directory)', 'name exactly one of googleDrive and directory'),
    ),
  );
export type DestinationSpec = z.output<typeof destinationSpec>;
