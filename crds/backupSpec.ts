import { z } from 'zod';

/** A CEL rule of the CRD; the same rule stands in zod as a refinement beside it. */
const rule = (rule: string, message: string) => ({ rule, message });
const celRules = (...rules: { rule: string; message: string }[]) => ({ 'x-kubernetes-validations': rules });

/** An object that Kubernetes itself defines and checks: passed on as it is. */
const kubernetesObject = () =>
  z.looseObject({}).meta({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true });

const objectName = z.string().min(1).max(253);
const secretKey = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/);

const secretRef = z.strictObject({ name: objectName.describe('Name of the Secret, in the same namespace.') });

const secretKeyRef = (key: string, what: string) =>
  z.strictObject({
    name: objectName.describe('Name of the Secret, in the same namespace.'),
    key: secretKey.default(key).describe(`Key of the Secret that holds ${what}.`),
  });

export const sslModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SSLMode = (typeof sslModes)[number];

// The dot is required: a bare name would be ambiguous between schemas.
const tablePattern = z
  .string()
  .min(3)
  .max(127)
  .regex(/^.+\..+$/, 'write schema.table, with * and ? as wildcards');

const database = z.strictObject({
  secretRef: secretRef
    .optional()
    .describe(
      'Secret that tells how to connect. Understood as they are: the Secrets of CloudNativePG, Crunchy, Zalando and Bitnami, one key uri, or single keys host, port, dbname, user, password.',
    ),
  host: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .describe('Host name or address of the server. Overrides the Secret.'),
  port: z.int().min(1).max(65535).optional().describe('Port of the server. Overrides the Secret; else 5432.'),
  name: z.string().min(1).max(63).optional().describe('Name of the database. Overrides the Secret.'),
  user: z.string().min(1).max(63).optional().describe('Role to connect as. Overrides the Secret.'),
  sslMode: z
    .enum(sslModes)
    .optional()
    .describe(
      'How TLS is used, with the meaning of PostgreSQL: disable, prefer, require, verify-ca or verify-full. Overrides the Secret; else prefer, or verify-full with caSecretRef.',
    ),
  caSecretRef: secretKeyRef('ca.crt', 'the CA certificates in PEM')
    .optional()
    .describe('CA certificates that the certificate of the server is checked against.'),
  clientCertSecretRef: secretRef
    .optional()
    .describe('Secret of type kubernetes.io/tls (tls.crt, tls.key): the client certificate.'),
  tables: z
    .strictObject({
      include: z
        .array(tablePattern)
        .min(1)
        .max(256)
        .default(['*.*'])
        .describe(
          'Tables whose rows are exported, as schema.table with * and ?. Wildcards take tables and materialized views; views, foreign tables and tables of extensions only by their exact name.',
        ),
      exclude: z
        .array(tablePattern)
        .max(256)
        .default([])
        .describe('Tables that are left out, as schema.table with * and ?. Stronger than include.'),
    })
    .prefault({})
    .describe('Which tables give their rows. The schema in sql is always whole.'),
});

export const formats = ['csv', 'xlsx', 'json', 'sql'] as const;
export type Format = (typeof formats)[number];

export const compressions = ['Auto', 'None', 'Gzip', 'Zstd'] as const;
export type Compression = (typeof compressions)[number];

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

const destination = z
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

const quantity = z
  .string()
  .max(32)
  .regex(/^[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$/, 'write a quantity such as 20Gi');

const staging = z
  .strictObject({
    sizeLimit: quantity.optional().describe('Room on the disk of the node, as an emptyDir of that size.'),
    claimName: objectName.optional().describe('PersistentVolumeClaim to stage on.'),
  })
  .refine((value) => (value.sizeLimit === undefined) !== (value.claimName === undefined), {
    error: 'name exactly one of sizeLimit and claimName',
  })
  .meta(
    celRules(
      rule('has(self.sizeLimit) != has(self.claimName)', 'name exactly one of sizeLimit and claimName'),
    ),
  );

const count = (maximum: number) => z.int().min(1).max(maximum);

export const retentionSpec = z
  .strictObject({
    maxAgeDays: count(36500).optional().describe('Sets older than this many days are removed.'),
    maxCount: count(10000).optional().describe('Sets beyond this number are removed, the oldest first.'),
    minKeep: count(10000).default(3).describe('So many good sets always stay, whatever else is said.'),
    keepDaily: count(3660).optional().describe('Protects the newest set of each of so many days.'),
    keepWeekly: count(520).optional().describe('Protects the newest set of each of so many ISO weeks.'),
    keepMonthly: count(1200).optional().describe('Protects the newest set of each of so many months.'),
    mode: z
      .enum(['Trash', 'Delete'])
      .default('Trash')
      .describe('Trash moves to the bin, which still uses the quota of the Drive; Delete is for ever.'),
    shrinkGuard: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe(
        'If rows or bytes fall below this part of the median of the good sets, or a table lost all its rows, nothing is removed. 0 turns the guard off.',
      ),
  })
  .refine((value) => value.maxCount === undefined || value.maxCount >= value.minKeep, {
    error: 'maxCount is smaller than minKeep (3 where it is left out): set minKeep as well',
  })
  .meta(
    celRules(
      rule(
        '!has(self.maxCount) || self.maxCount >= self.minKeep',
        'maxCount is smaller than minKeep (3 where it is left out): set minKeep as well',
      ),
    ),
  );
export type RetentionSpec = z.output<typeof retentionSpec>;

const smtp = z
  .strictObject({
    host: z.string().min(1).max(253).describe('Host name or address of the SMTP relay.'),
    port: z
      .int()
      .min(1)
      .max(65535)
      .optional()
      .describe('Port of the relay; else 25, with tls Implicit 465, with tls Required 587.'),
    tls: z
      .enum(['Off', 'Opportunistic', 'Required', 'Implicit'])
      .default('Opportunistic')
      .describe(
        'Off; Opportunistic (STARTTLS where offered, certificate not checked); Required (STARTTLS, certificate checked); Implicit (TLS from the first byte, certificate checked).',
      ),
    caSecretRef: secretKeyRef('ca.crt', 'the CA certificates in PEM')
      .optional()
      .describe('CA certificates for the relay, beside the well-known ones.'),
    credentialsSecretRef: secretRef
      .optional()
      .describe('Secret with username and password for the relay. Only with tls Required or Implicit.'),
  })
  .refine(
    (value) =>
      value.credentialsSecretRef === undefined || value.tls === 'Required' || value.tls === 'Implicit',
    {
      error: 'credentialsSecretRef needs tls Required or Implicit: else the password could travel in clear',
    },
  )
  .meta(
    celRules(
      rule(
        "!has(self.credentialsSecretRef) || self.tls in ['Required', 'Implicit']",
        'credentialsSecretRef needs tls Required or Implicit: else the password could travel in clear',
      ),
    ),
  );
export type SMTPSpec = z.output<typeof smtp>;

// Deliberately loose: the relay is the judge; this refuses blanks, line breaks and lists in one string.
const address = z
  .string()
  .min(3)
  .max(320)
  .regex(/^[^\s,;]+@[^\s,;]+$/, 'write one address such as ops@example.com');

const email = z.strictObject({
  when: z
    .enum(['Always', 'OnFailure', 'Never'])
    .default('Always')
    .describe('After which runs a report is sent.'),
  to: z.array(address).min(1).max(50).describe('Who gets the report.'),
  from: address.optional().describe('Sender; else database-backup at the name of the host.'),
  smtp: smtp.describe('The relay that takes the mail.'),
});
export type EmailSpec = z.output<typeof email>;

const runner = z.strictObject({
  image: z.string().min(1).max(512).optional().describe('Image of the runner; else the one of the operator.'),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional().describe('As in a Pod.'),
  resources: kubernetesObject().optional().describe('Requests and limits of the runner, as in a Pod.'),
  nodeSelector: z.record(z.string(), z.string().max(63)).optional().describe('As in a Pod.'),
  tolerations: z.array(kubernetesObject()).max(64).optional().describe('As in a Pod.'),
  affinity: kubernetesObject().optional().describe('As in a Pod.'),
  priorityClassName: objectName.optional().describe('As in a Pod.'),
  serviceAccountName: objectName
    .optional()
    .describe('ServiceAccount of the runner. It needs no rights: no token is mounted.'),
  imagePullSecrets: z.array(secretRef).max(16).optional().describe('As in a Pod.'),
  podLabels: z.record(z.string(), z.string().max(63)).optional().describe('More labels of the runner pod.'),
  podAnnotations: z
    .record(z.string(), z.string().max(4096))
    .optional()
    .describe('More annotations of the runner pod.'),
  env: z
    .array(kubernetesObject())
    .max(64)
    .optional()
    .describe('More environment of the runner as in a Pod: HTTPS_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS.'),
});

const timeZones = new Set<string>();
/** Whether the runtime knows the IANA name of a time zone. */
function isTimeZone(name: string): boolean {
  if (timeZones.has(name)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    return false;
  }
  timeZones.add(name);
  return true;
}

/** spec of a DatabaseBackup: the only definition. CRD, types, defaults and texts come from it. */
export const backupSpec = z.strictObject({
  schedule: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('When to run, in the cron format of a Kubernetes CronJob. Left out: on demand only.'),
  timeZone: z
    .string()
    .min(1)
    .max(64)
    .refine(isTimeZone, { error: 'is no IANA time zone; write one such as Europe/Berlin or UTC' })
    .default('UTC')
    .describe('IANA time zone of the schedule and of the times in file names.'),
  suspend: z.boolean().default(false).describe('Stops the schedule alone; runs on demand still work.'),
  startingDeadlineSeconds: z
    .int()
    .min(10)
    .max(604800)
    .optional()
    .describe(
      'How late a scheduled run may start. Else half the shortest interval of the schedule, between one hour and twelve.',
    ),
  timeoutSeconds: z
    .int()
    .min(10)
    .max(604800)
    .default(3600)
    .describe('How long one attempt may take. The runner itself keeps it and still cleans up and reports.'),
  retries: z
    .int()
    .min(0)
    .max(10)
    .default(2)
    .describe('How often a transient failure is tried again. A permanent one never is.'),
  database: database.describe('The PostgreSQL database.'),
  formats: z
    .array(z.enum(formats))
    .min(1)
    .max(4)
    .refine((value) => new Set(value).size === value.length, { error: 'names a format twice' })
    .default([...formats])
    .meta({ 'x-kubernetes-list-type': 'set' })
    .describe('What is written: csv, xlsx, json, sql.'),
  compression: z
    .enum(compressions)
    .default('Auto')
    .describe(
      'Compression of csv (a single table), json and sql. Auto: sql with gzip, nothing else. .xlsx and .csv.zip are compressed already.',
    ),
  fileNamePrefix: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/,
      'start with a letter or digit; then letters, digits, . _ - (at most 40)',
    )
    .default('backup')
    .describe('Start of the file names: backup gives backup_20260210_020000.csv.'),
  destination: destination.describe('Where the files go: exactly one of googleDrive and directory.'),
  staging: staging
    .optional()
    .describe(
      'Write compressed files to a disk first: a short snapshot, and uploads that can start again. Exactly one of sizeLimit and claimName. Off by default.',
    ),
  retention: retentionSpec
    .prefault({ maxAgeDays: 30, minKeep: 3 })
    .describe('Which sets stay. Left out: 30 days, and always three.'),
  notification: z
    .strictObject({ email: email.optional().describe('A report by mail.') })
    .optional()
    .describe('Who is told of a run.'),
  runner: runner.optional().describe('The pod of the runner.'),
  runHistoryLimit: z
    .strictObject({
      successful: z.int().min(1).max(1000).default(30).describe('Records of successful runs that are kept.'),
      failed: z.int().min(1).max(1000).default(10).describe('Records of failed runs that are kept.'),
    })
    .prefault({})
    .describe('How many DatabaseBackupRun records stay.'),
});

/** A spec with every default filled in. */
export type BackupSpec = z.output<typeof backupSpec>;
/** A spec as a person writes it. */
export type BackupSpecInput = z.input<typeof backupSpec>;
