import type { BadSpec, GoodSpec, Spec } from './kindCasesFixture.ts';

/** The least that a restore needs. */
export const minimalRestore: Spec = {
  backupName: 'shop',
  set: 'latest',
  target: { secretRef: { name: 'copy-db' } },
};

const { backupName, ...anywhere } = minimalRestore;
const googleDrive = { folderID: '1AbCdEfGhIjKlMnOp', credentialsSecretRef: { name: 'drive-oauth' } };
const fromDrive: Spec = { ...anywhere, source: { googleDrive } };
const claim = { path: '/sets', claimName: 'sets' };

const oneSource = 'name exactly one of backupName and source';
const oneFolder = 'name exactly one of googleDrive and directory';
const objectName = 'write a name of lower-case letters, digits, - and . such as shop-db';
const secretKey = 'write a key of letters, digits, -, _ and . such as token.json';

const bad = (name: string, spec: Spec, rule: string, message: string): BadSpec => ({
  ...{ name, spec, rule, message },
});

/** Specs that break a rule each; those that a restore shares with a backup stand in ruleCasesFixture.ts. */
export const badRestores: BadSpec[] = [
  bad('neither backup nor folder', anywhere, 'spec', oneSource),
  bad('a backup and a folder', { ...fromDrive, backupName }, 'spec', oneSource),
  bad(
    'a database that is made, for single tables',
    { ...minimalRestore, create: true, tables: ['public.a'] },
    'spec',
    'has tables and create: rows of single tables go into tables that exist, so leave one of them out',
  ),
  bad('a name that no backup has', { ...minimalRestore, backupName: 'Shop' }, 'spec.backupName', objectName),
  bad('a source without a folder', { ...anywhere, source: { from: 'shop/shop' } }, 'spec.source', oneFolder),
  bad(
    'a source with two folders',
    { ...anywhere, source: { googleDrive, directory: claim } },
    'spec.source',
    oneFolder,
  ),
  {
    ...bad(
      'a folder without a claim',
      { ...anywhere, source: { directory: { path: '/sets' } } },
      '',
      'in a cluster the folder lies on a PersistentVolumeClaim: name it in claimName',
    ),
    zod: null,
  },
  bad(
    'a Secret that no identity can be in',
    { ...minimalRestore, identitySecretRef: { name: 'Key' } },
    'spec.identitySecretRef.name',
    objectName,
  ),
  bad(
    'a key that no Secret has',
    { ...minimalRestore, identitySecretRef: { name: 'key', key: 'my key' } },
    'spec.identitySecretRef.key',
    secretKey,
  ),
];

/** Specs that keep all rules, some only just. */
export const goodRestores: GoodSpec[] = [
  { name: 'the least', spec: minimalRestore },
  { name: 'a folder of Drive', spec: fromDrive },
  {
    name: 'a folder on a claim, and whose sets are meant',
    spec: { ...anywhere, source: { directory: claim, from: 'shop/shop' } },
  },
  { name: 'a database that is made, or cleaned', spec: { ...minimalRestore, create: true, clean: true } },
  {
    name: 'single tables, and a create that is false',
    spec: { ...minimalRestore, tables: ['orders', 'shop.*'], create: false, clean: true },
  },
  {
    name: 'everything else',
    spec: {
      ...minimalRestore,
      ...{ set: '20260210_020000', createRoles: true, allowSource: true, timeoutSeconds: 86400, retries: 0 },
      ...{
        identitySecretRef: { name: 'identity' },
        requestedBy: 'Ann',
        runner: { nodeSelector: { disk: 'ssd' } },
      },
    },
  },
];
