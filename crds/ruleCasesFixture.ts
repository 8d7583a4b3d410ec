import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { reservedVariables } from './environmentSpec.ts';
import type { BadSpec, GoodSpec, Spec } from './kindCasesFixture.ts';

/** The least that a backup needs. */
export const minimalSpec: Spec = {
  database: { secretRef: { name: 'shop-db' } },
  destination: { directory: { path: '/backups', claimName: 'backups' } },
};

const everything = join(import.meta.dirname, '..', 'examples', 'everything.yaml');
const fullSpec = (parse(readFileSync(everything, 'utf8')) as { spec: Spec }).spec;

/** A copy with values at paths such as `runner.env[0].name`; undefined takes a field away. */
export function changed(spec: Spec, settings: Record<string, unknown>): Spec {
  const copy = structuredClone(spec);
  for (const [path, value] of Object.entries(settings)) {
    const steps = path.split(/[.[\]]+/).filter((step) => step !== '');
    const last = steps.pop() ?? '';
    const parent = steps.reduce((node, step) => node[step] as Spec, copy);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return copy;
}

const bad = (
  rule: string,
  settings: Record<string, unknown>,
  message: string,
  zod?: string | null,
): BadSpec => ({
  name: `${rule} with ${JSON.stringify(settings).slice(0, 80)}`,
  spec: changed(fullSpec, settings),
  rule: `spec.${rule}`,
  message,
  ...(zod === undefined ? {} : { zod }),
});

const name = 'write a name of lower-case letters, digits, - and . such as shop-db';
const key = 'write a key of letters, digits, -, _ and . such as token.json';
const table = 'write schema.table, with * and ? as wildcards, such as public.*';
const address = 'write one address such as ops@example.com';
const label = 'begin and end with a letter or digit; between them also -, _ and .';
const labelKey = 'has a key that Kubernetes does not take: write team or example.com/team';
const quantity = 'write a quantity such as 500m or 384Mi';
const own = 'sets a key of the operator: leave out dbbackup.dev/… and app.kubernetes.io/managed-by';
const oneDestination = 'name exactly one of googleDrive and directory';
const oneRecipients = 'name exactly one of recipients and recipientsSecretRef';
const noRecipient =
  'is no recipient of age: write age1…, as age-keygen -y prints it; keys of SSH and of plugins are not understood';
const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';
const oneStaging = 'name exactly one of sizeLimit and claimName';
const oneServer = 'name exactly one of target and ephemeral';
const scratch = (target: object) => ({ 'drill.ephemeral': undefined, 'drill.target': target });
const oneSource = 'name exactly one of fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef';
const zone = 'is no IANA time zone';
const directory = (path: string, claimName?: string) => ({
  directory: { path, ...(claimName && { claimName }) },
});
const more = 'also lists (1,3), ranges (1-5) and steps (*/2), but no L, W or #';
const fiveFields =
  'write five fields (minute, hour, day of month, month, day of week) such as "0 2 * * *", or one of @yearly, @monthly, @weekly, @daily, @hourly and @every 6h';

const badSchedules = (field: string): BadSpec[] => [
  bad(field, { [field]: 'CRON_TZ=UTC 0 2 * * *' }, 'holds TZ: the time zone goes into spec.timeZone'),
  bad(field, { [field]: '0 2 * *' }, fiveFields, 'has 4 fields'),
  bad(field, { [field]: '' }, fiveFields, 'has 0 fields'),
  bad(field, { [field]: ' @daily' }, fiveFields, 'has a blank before or after the macro'),
  bad(
    field,
    { [field]: '@every 1w' },
    'after @every write hours, minutes and seconds such as 6h or 1h30m (a day is 24h)',
    'has 1w after @every',
  ),
  bad(
    field,
    { [field]: '60 2 * * *' },
    `the minute (field 1 of 5) is *, or 0 to 59; ${more}`,
    'has 60 as the minute',
  ),
  bad(
    field,
    { [field]: '0 1,24 * * *' },
    `the hour (field 2 of 5) is *, or 0 to 23; ${more}`,
    'has 24 as the hour',
  ),
  bad(
    field,
    { [field]: '0 2 0 * *' },
    `the day of month (field 3 of 5) is *, or 1 to 31; ${more}`,
    'has 0 as the day of month',
  ),
  bad(
    field,
    { [field]: '0 2 * JANUARY *' },
    `the month (field 4 of 5) is *, or 1 to 12, or JAN to DEC; ${more}`,
    'has JANUARY as the month',
  ),
  bad(
    field,
    { [field]: '0 2 * * 7' },
    `the day of week (field 5 of 5) is *, or 0 to 6, or SUN to SAT; Sunday is 0, not 7; ${more}`,
    'has 7 as the day of week',
  ),
  bad(
    field,
    { [field]: '0 22-4 * * *' },
    'a range runs forwards; instead of 22-4 write 22-23,0-4',
    'the range runs backwards',
  ),
];

/** For each rule of the CRD a spec that breaks it. */
export const badSpecs: BadSpec[] = [
  {
    ...bad(
      '',
      { destination: directory('/backups') },
      'in a cluster the folder lies on a PersistentVolumeClaim: name it in claimName',
      null,
    ),
    rule: '',
  },
  ...badSchedules('schedule'),
  bad('timeZone', { timeZone: '+01:00' }, 'is no IANA time zone; write one such as Europe/Berlin or UTC'),
  bad('timeZone', { timeZone: 'Local' }, 'is no IANA time zone; write one such as Europe/Berlin or UTC'),
  bad(
    'timeZone',
    { timeZone: 'europe/berlin' },
    'write an IANA time zone with its capital letters, such as Europe/Berlin or UTC',
    zone,
  ),
  bad('database.secretRef.name', { 'database.secretRef.name': 'shop_db' }, name),
  bad('database.caSecretRef.name', { 'database.caSecretRef.name': 'DB' }, name),
  bad('database.caSecretRef.key', { 'database.caSecretRef.key': 'a/b' }, key),
  bad('database.clientCertSecretRef.name', { 'database.clientCertSecretRef.name': '-a' }, name),
  bad('database.tables.include[]', { 'database.tables.include[1]': 'orders' }, table),
  bad('database.tables.exclude[]', { 'database.tables.exclude[0]': '.' }, table),
  bad(
    'fileNamePrefix',
    { fileNamePrefix: 'my shop' },
    'start with a letter or digit; then letters, digits, . _ - (at most 40)',
  ),
  bad('destination', { destination: {} }, oneDestination),
  bad('destination', { 'destination.directory': { path: '/backups', claimName: 'backups' } }, oneDestination),
  bad(
    'destination.googleDrive.folderID',
    { 'destination.googleDrive.folderID': 'https://drive.google.com/x' },
    'is no ID of a folder: take the part after /folders/ in the address of the opened folder',
  ),
  bad(
    'destination.googleDrive.credentialsSecretRef.name',
    { 'destination.googleDrive.credentialsSecretRef.name': '' },
    name,
  ),
  bad(
    'destination.googleDrive.credentialsSecretRef.key',
    { 'destination.googleDrive.credentialsSecretRef.key': '' },
    key,
  ),
  bad(
    'destination.directory.path',
    { destination: directory('backups', 'backups') },
    'write an absolute path such as /backups',
  ),
  bad('destination.directory.claimName', { destination: directory('/backups', 'My claim') }, name),
  bad('encryption', { encryption: {} }, oneRecipients),
  bad('encryption', { 'encryption.recipients': [recipient] }, oneRecipients),
  bad('encryption.recipients[]', { encryption: { recipients: ['ssh-ed25519 AAAAC3Nza ann'] } }, noRecipient),
  bad('encryption.recipients[]', { encryption: { recipients: [recipient.slice(0, -1)] } }, noRecipient),
  bad(
    'encryption.recipients[]',
    { encryption: { recipients: ['age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7'] } },
    noRecipient,
  ),
  bad(
    'encryption.recipients[]',
    { encryption: { recipients: ['AGE-SECRET-KEY-1QQQ'] } },
    'is an identity, the secret key: take it out of the cluster and write its recipient, which age-keygen -y prints',
  ),
  bad(
    'encryption.recipients',
    { encryption: { recipients: [recipient, `age1pq1${'q'.repeat(1952)}`] } },
    'mixes post-quantum recipients (age1pq1…) with others: write one kind alone',
  ),
  bad('encryption.recipientsSecretRef.name', { 'encryption.recipientsSecretRef.name': 'Keys' }, name),
  bad('encryption.recipientsSecretRef.key', { 'encryption.recipientsSecretRef.key': 'a b' }, key),
  ...badSchedules('drill.schedule'),
  bad('drill', { drill: {} }, oneServer),
  bad('drill', { 'drill.target': { secretRef: { name: 'scratch' } } }, oneServer),
  bad('drill.ephemeral.image', { 'drill.ephemeral.image': 'postgres :18' }, 'write an image without blanks'),
  bad(
    'drill.ephemeral.resources',
    { 'drill.ephemeral.resources.requests.memory': '9Gi' },
    'requests more memory than its limits allow: raise the limit, or lower the request',
  ),
  bad(
    'drill.ephemeral.resources',
    { 'drill.ephemeral.resources.limits.cpu': '1m' },
    'requests more cpu than its limits allow: raise the limit, or lower the request',
  ),
  bad('drill.ephemeral.resources.requests.*', { 'drill.ephemeral.resources.requests.cpu': 'half' }, quantity),
  bad('drill.ephemeral.resources.limits.*', { 'drill.ephemeral.resources.limits.memory': '512MB' }, quantity),
  bad(
    'drill.ephemeral.storage.sizeLimit',
    { 'drill.ephemeral.storage.sizeLimit': '20GB' },
    'write a size such as 20Gi (Ki, Mi, Gi, Ti or k, M, G, T)',
  ),
  bad('drill.identitySecretRef.name', { 'drill.identitySecretRef.name': 'a_b' }, name),
  bad('drill.identitySecretRef.key', { 'drill.identitySecretRef.key': 'a b' }, key),
  bad('drill.target.secretRef.name', scratch({ secretRef: { name: 'shop_db' } }), name),
  bad('drill.target.caSecretRef.name', scratch({ caSecretRef: { name: 'DB' } }), name),
  bad('drill.target.caSecretRef.key', scratch({ caSecretRef: { name: 'db', key: 'a/b' } }), key),
  bad('drill.target.clientCertSecretRef.name', scratch({ clientCertSecretRef: { name: '-a' } }), name),
  bad('staging', { staging: {} }, oneStaging),
  bad('staging', { 'staging.claimName': 'disk' }, oneStaging),
  bad(
    'staging.sizeLimit',
    { 'staging.sizeLimit': '20GB' },
    'write a size such as 20Gi (Ki, Mi, Gi, Ti or k, M, G, T)',
  ),
  bad('staging.claimName', { staging: { claimName: 'a..b' } }, name),
  bad(
    'retention',
    { 'retention.maxCount': 2 },
    'maxCount is smaller than minKeep (3 where it is left out): set minKeep as well',
  ),
  bad('notification.email.to[]', { 'notification.email.to[0]': 'a@b, c@d' }, address),
  bad('notification.email.from', { 'notification.email.from': 'nobody' }, address),
  bad(
    'notification.email.smtp',
    { 'notification.email.smtp.tls': 'Opportunistic' },
    'credentialsSecretRef needs tls Required or Implicit: else the password could travel in clear',
  ),
  bad(
    'notification.email.smtp.caSecretRef.name',
    { 'notification.email.smtp.caSecretRef.name': 'a_b' },
    name,
  ),
  bad(
    'notification.email.smtp.caSecretRef.key',
    { 'notification.email.smtp.caSecretRef.key': 'ca crt' },
    key,
  ),
  bad(
    'notification.email.smtp.credentialsSecretRef.name',
    { 'notification.email.smtp.credentialsSecretRef.name': 'a b' },
    name,
  ),
  bad('runner.image', { 'runner.image': 'registry/image :1' }, 'write an image without blanks'),
  bad(
    'runner.resources',
    { 'runner.resources.requests.memory': '1Gi' },
    'requests more memory than its limits allow: raise the limit, or lower the request',
  ),
  bad(
    'runner.resources',
    { 'runner.resources.limits.cpu': '250m' },
    'requests more cpu than its limits allow: raise the limit, or lower the request',
  ),
  bad('runner.resources.requests.*', { 'runner.resources.requests.cpu': 'half' }, quantity),
  bad('runner.resources.limits.*', { 'runner.resources.limits.memory': '512MB' }, quantity),
  bad('runner.nodeSelector', { 'runner.nodeSelector': { 'a b': 'c' } }, labelKey),
  bad('runner.nodeSelector.*', { 'runner.nodeSelector': { a: '-c' } }, label),
  bad(
    'runner.tolerations[]',
    { 'runner.tolerations[0].key': undefined },
    'names no key: add one, or set operator to Exists',
  ),
  bad(
    'runner.tolerations[]',
    { 'runner.tolerations[0].operator': 'Exists' },
    'has a value beside operator Exists: leave one of them out',
  ),
  bad(
    'runner.tolerations[]',
    { 'runner.tolerations[0].effect': 'NoSchedule' },
    'has tolerationSeconds, which needs effect NoExecute',
  ),
  bad(
    'runner.tolerations[].key',
    { 'runner.tolerations[0].key': 'back up' },
    'write a key such as backup or example.com/backup',
  ),
  bad('runner.priorityClassName', { 'runner.priorityClassName': 'Backup' }, name),
  bad('runner.serviceAccountName', { 'runner.serviceAccountName': 'shop/backup' }, name),
  bad('runner.imagePullSecrets[].name', { 'runner.imagePullSecrets[0].name': 'Registry' }, name),
  bad('runner.podLabels', { 'runner.podLabels': { 'a/b/c': 'd' } }, labelKey),
  bad('runner.podLabels', { 'runner.podLabels': { 'dbbackup.dev/backup': 'other' } }, own),
  bad('runner.podLabels.*', { 'runner.podLabels.team': 'my shop' }, label),
  bad('runner.podAnnotations', { 'runner.podAnnotations': { 'a b': 'c' } }, labelKey),
  bad('runner.podAnnotations', { 'runner.podAnnotations': { 'app.kubernetes.io/managed-by': 'me' } }, own),
  bad('runner.env[].name', { 'runner.env[0].name': 'A=B' }, 'write a name such as HTTPS_PROXY, without ='),
  ...reservedVariables.map((variable) =>
    bad(
      'runner.env[]',
      { 'runner.env[0].name': variable },
      'sets a variable of the operator itself: leave it out',
    ),
  ),
  bad('runner.env[]', { 'runner.env[1].value': 'x' }, 'has value and valueFrom: leave one of them out'),
  bad('runner.env[].valueFrom', { 'runner.env[1].valueFrom': {} }, oneSource),
  bad(
    'runner.env[].valueFrom',
    { 'runner.env[1].valueFrom.secretKeyRef': { name: 'a', key: 'b' } },
    oneSource,
  ),
  bad(
    'runner.env[].valueFrom.configMapKeyRef.name',
    { 'runner.env[1].valueFrom.configMapKeyRef.name': 'A' },
    name,
  ),
  bad(
    'runner.env[].valueFrom.secretKeyRef.name',
    { 'runner.env[1].valueFrom': { secretKeyRef: { name: 'A', key: 'b' } } },
    name,
  ),
];

const good = (title: string, settings: Record<string, unknown>, spec = fullSpec) => ({
  name: title,
  spec: changed(spec, settings),
});

/** Specs that keep all rules, some only just. */
export const goodSpecs: GoodSpec[] = [
  good('the least', {}, minimalSpec),
  good('everything', {}),
  good('a macro and a zone in capitals', { schedule: '@every 1h30m', timeZone: 'UTC' }),
  good('an old name of a zone', { schedule: '5/15 */2 1-7 jan,DEC ?', timeZone: 'US/Eastern' }),
  good('maxCount as small as minKeep', { retention: { maxCount: 5, minKeep: 5 } }),
  good('an empty retention', { retention: {} }),
  good('a recipient', { encryption: { recipients: [recipient] } }),
  good('post-quantum recipients', { encryption: { recipients: [`age1pq1${'q'.repeat(1952)}`] } }),
  good('twenty recipients', { encryption: { recipients: Array(20).fill(recipient) } }),
  good('a server for drills, and what an assertion may expect', {
    drill: {
      target: { secretRef: { name: 'scratch' }, sslMode: 'require' },
      assertions: [
        { query: 'SELECT 1', expect: 1 },
        { query: 'SELECT 1', expect: '1' },
        { query: 'SELECT true' },
      ],
    },
  }),
  good('a PostgreSQL of its own for drills, with nothing said of it', { drill: { ephemeral: {} } }),
  good('a claim for staging', { staging: { claimName: 'fast-disk.1' } }),
  good('no credentials without encryption', {
    'notification.email.smtp': { host: 'relay', tls: 'Off', caSecretRef: { name: 'ca' } },
  }),
  good('a password with TLS from the first byte', { 'notification.email.smtp.tls': 'Implicit' }),
  good('an address of another script', { 'notification.email.to': ['почта@пример.рф'] }),
  good('an empty runner', { runner: {} }),
  good('whole numbers and decimals as quantities', {
    'runner.resources': { requests: { cpu: 1, memory: '0.25Gi' }, limits: { cpu: '1.5', memory: 536870912 } },
  }),
  good('a request as large as its limit', {
    'runner.resources': { requests: { memory: '1024Mi' }, limits: { memory: '1Gi' } },
  }),
  good('a toleration of everything', { 'runner.tolerations': [{ operator: 'Exists' }] }),
  good('labels with domains and empty values', {
    'runner.podLabels': { 'example.com/team': 'a.b_c-d', spare: '' },
  }),
  good('variables from all sources', {
    'runner.env': [
      { name: 'A' },
      { name: 'B', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'C', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
      { name: 'D', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } },
      { name: 'DBBACKUP_LOG_LEVEL', value: 'debug' },
    ],
  }),
];
