import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { databaseBackup } from '../crds/databaseBackup.ts';
import { parseResource } from '../crds/parseResource.ts';
import { readResources } from '../crds/readResources.ts';
import { databaseTarget } from '../runner/database/databaseTarget.ts';
import { projectFile } from './chartFiles.ts';
import { type ChartObject, find, helm, objects, type Values } from './chartFixture.ts';

/** What the other operators write, by the example for them, and how one then connects. */
const secrets: Record<string, { secrets: Record<string, Record<string, string>>; target: object }> = {
  'cloudnativepg.yaml': {
    secrets: {
      'shop-app': {
        ...{ host: 'shop-rw', port: '5432', dbname: 'app', user: 'app', username: 'app', password: 'pw' },
        uri: 'postgresql://app:pw@shop-rw.shop:5432/app',
        pgpass: 'shop-rw:5432:app:app:pw\n',
      },
      'shop-ca': { 'ca.crt': 'PEM', 'ca.key': 'PEM' },
    },
    target: { host: 'shop-rw', database: 'app', user: 'app', sslMode: 'verify-full' },
  },
  'crunchy.yaml': {
    secrets: {
      'shop-pguser-shop': {
        ...{ host: 'shop-primary.shop.svc', port: '5432', dbname: 'shop', user: 'shop', password: 'pw' },
        uri: 'postgresql://shop:pw@shop-primary.shop.svc:5432/shop',
        'pgbouncer-uri': 'postgresql://shop:pw@shop-pgbouncer.shop.svc:5432/shop',
      },
      'shop-cluster-cert': { 'ca.crt': 'PEM', 'tls.crt': 'PEM', 'tls.key': 'PEM' },
    },
    target: { host: 'shop-primary.shop.svc', database: 'shop', user: 'shop', sslMode: 'verify-full' },
  },
  'zalando.yaml': {
    secrets: {
      'shop-owner.acid-shop.credentials.postgresql.acid.zalan.do': { username: 'shop_owner', password: 'pw' },
    },
    target: { host: 'acid-shop', database: 'shop', user: 'shop_owner', sslMode: 'require' },
  },
  'bitnami.yaml': {
    secrets: { 'shop-postgresql': { password: 'pw', 'postgres-password': 'super' } },
    target: { host: 'shop-postgresql', database: 'shop', user: 'shop', sslMode: 'prefer' },
  },
};

for (const [file, { secrets: all, target: expected }] of Object.entries(secrets)) {
  test(`examples/${file} connects by the Secret that is there anyway`, async () => {
    const [resource] = readResources(projectFile(`examples/${file}`), file);
    assert.ok(resource);
    const { spec } = parseResource(databaseBackup, resource);
    const read = async (name: string) =>
      new Map(Object.entries(all[name] ?? {}).map(([key, value]) => [key, Buffer.from(value)]));
    const target = await databaseTarget(spec.database, { read });
    assert.partialDeepStrictEqual(target, { ...expected, password: 'pw', port: 5432 });
  });
}

/** Values of the chart in the examples, by where they stand. */
function valuesOfExamples(): Record<string, Values> {
  const file = (path: string) => objects(projectFile(`examples/${path}`));
  return {
    'helm/production.yaml': parse(projectFile('examples/helm/production.yaml')),
    'several-namespaces/values.yaml': parse(projectFile('examples/several-namespaces/values.yaml')),
    'gitops/argocd.yaml': find(file('gitops/argocd.yaml'), 'Application').spec.source.helm.valuesObject,
    'gitops/flux.yaml': find(file('gitops/flux.yaml'), 'HelmRelease').spec.values,
  };
}

test('the chart takes the values of every example', async (t) => {
  const program = await helm(t);
  if (!program) return;
  for (const [name, given] of Object.entries(valuesOfExamples())) {
    const all: ChartObject[] = await program.render(given);
    const { image }: { image: string } = find(all, 'Deployment').spec.template.spec.containers[0];
    assert.equal(image, 'registry.example.com/database-backup-operator:0.1.0', name);
  }
});

test('the operator of several namespaces looks after those of its backups', () => {
  const backups = objects(projectFile('examples/several-namespaces/backups.yaml'));
  const places = backups
    .filter(({ kind }) => kind === 'DatabaseBackup')
    .map(({ metadata }) => metadata.namespace);
  assert.deepEqual(valuesOfExamples()['several-namespaces/values.yaml']?.namespaces, places);
});

test('examples/README.md has every example', () => {
  const page = projectFile('examples/README.md');
  const all = globSync('*', { cwd: `${import.meta.dirname}/../examples` }).filter(
    (name) => name !== 'README.md',
  );
  for (const name of all) assert.ok(page.includes(`](${name})`) || page.includes(`](${name}/`), name);
});
