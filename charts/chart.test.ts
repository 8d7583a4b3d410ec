import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { operatorConfig } from '../operator/config.ts';
import { chartFolder, chartPath, projectFile } from './chartFiles.ts';
import { type ChartObject, find, helm, type Values } from './chartFixture.ts';
import { switches } from './switchesFixture.ts';
import { valuesSchema } from './valuesSchema.ts';

const values = parse(projectFile(`${chartPath}/values.yaml`)) as Values;

test('helm lint finds nothing, whatever is switched', async (t) => {
  const program = await helm(t);
  if (!program) return;
  for (const [name, given] of Object.entries(switches)) {
    const { status, stdout, stderr } = await program.run(
      ['lint', '--strict', '--quiet', chartFolder, '--values', '-'],
      given,
    );
    assert.equal(status, 0, `${name}: ${stdout}${stderr}`);
  }
});

test('a misspelt value is refused on every level, and so is one of another kind', async (t) => {
  const program = await helm(t);
  if (!program) return;
  const refused = async (given: Values, expected: RegExp) => {
    await assert.rejects(program.render(given), ({ message }: Error) => {
      assert.match(message, /values don't meet the specifications of the schema/);
      assert.match(message, expected);
      return true;
    });
  };
  for (const path of closedMaps(valuesSchema() as Schema)) {
    await refused(nested([...path, 'mispelt'], 1), /mispelt/);
  }
  const wrong: [string, unknown][] = [
    ['replicas', 'two'],
    ['replicas', 11],
    ['namespaces', ['Shop']],
    ['image.repository', 'example.com/dbbackup:1.0'],
    ['image.digest', 'sha256:1'],
    ['image.pullPolicy', 'Sometimes'],
    ['operator.logLevel', 'verbose'],
    ['operator.workers', 0],
    ['runner.imagePullPolicy', 'Sometimes'],
    ['runner.resources', { limits: { memory: true } }],
    ['runner.env', [{ name: 'A', valu: 'b' }]],
    ['runner.tolerations', [{ key: 'a', operator: 'Maybe' }]],
    ['metrics.port', 0],
    ['metrics.serviceMonitor.interval', 'often'],
    ['crds.install', 'true'],
  ];
  for (const [path, value] of wrong) {
    await refused(nested(path.split('.'), value), new RegExp(`at '/${path.replaceAll('.', '/')}`));
  }
});

test('values.yaml has every value that the schema knows', () => {
  for (const path of closedMaps(valuesSchema() as Schema)) {
    const here = path.reduce<unknown>((value, key) => (value as Values | undefined)?.[key], values);
    const known = Object.keys(schemaAt(path).properties ?? {}).filter((key) => key !== 'global');
    if (path.join('.') === 'resources' || path.join('.') === 'runner.resources') continue;
    assert.deepEqual(
      Object.keys(here as Values).sort(),
      known.sort(),
      `values of ${path.join('.') || 'the top'}`,
    );
  }
});

test('the rights are those of operator/rbac, cluster-wide or in each namespace', async (t) => {
  const program = await helm(t);
  if (!program) return;
  const cluster = rbac('cluster.yaml');
  const name = 'test-database-backup-operator';
  const everywhere = await program.render();
  assert.deepEqual(find(everywhere, 'ClusterRole', name).rules, find(cluster, 'ClusterRole').rules);
  const lease = (rules: unknown) =>
    JSON.parse(JSON.stringify(rules).replaceAll(name, 'database-backup-operator'));
  assert.deepEqual(lease(find(everywhere, 'Role', '-lease').rules), find(cluster, 'Role').rules);

  const some = await program.render({ namespaces: ['shop', 'blog'] });
  const roles = some.filter(({ kind, metadata }) => kind === 'Role' && metadata.name === name);
  assert.deepEqual(roles.map(({ metadata }) => metadata.namespace).sort(), ['blog', 'shop']);
  for (const { rules } of roles) assert.deepEqual(rules, find(rbac('namespaced.yaml'), 'Role').rules);
  const clusterRoles = some.filter(({ kind }) => kind.startsWith('ClusterRole'));
  assert.ok(
    clusterRoles.every(
      ({ kind, metadata }) => kind === 'ClusterRole' && /-(view|edit|admin)$/.test(metadata.name),
    ),
  );
});

test('every binding is of a role that is there, for the account of the pod', async (t) => {
  const program = await helm(t);
  if (!program) return;
  for (const given of Object.values(switches)) {
    const all = await program.render(given);
    const { serviceAccountName } = find(all, 'Deployment').spec.template.spec;
    for (const { kind, roleRef, subjects } of all.filter((object) => object.kind.endsWith('RoleBinding'))) {
      assert.equal(`${roleRef.kind}Binding`, kind);
      find(all, roleRef.kind, roleRef.name);
      assert.deepEqual(subjects, [{ kind: 'ServiceAccount', name: serviceAccountName, namespace: 'system' }]);
    }
  }
});

test('the operator understands its arguments, and runners get the defaults that were asked for', async (t) => {
  const program = await helm(t);
  if (!program) return;
  const configOf = async (given: Values) => {
    const [first, ...args] = container(await program.render(given)).args as string[];
    assert.equal(first, 'operator');
    return operatorConfig(args, {});
  };
  for (const given of Object.values(switches)) await configOf(given);

  const plain = await configOf({});
  assert.deepEqual(plain.runnerDefaults, { image: 'database-backup-operator:0.1.0' });
  assert.deepEqual([plain.namespaces, plain.leaseNamespace], [undefined, 'system']);
  const runner = switches['defaults of runners']?.runner;
  assert.deepEqual((await configOf({ runner })).runnerDefaults, runner);
  const some = await configOf({
    namespaces: ['shop', 'blog'],
    operator: { workers: 8, maxChecks: 2, stuckPodSeconds: 0, logLevel: 'debug' },
    metrics: { port: 9090 },
  });
  const { namespaces, workers, maxChecks, stuckPodSeconds, logLevel, metricsAddress, healthAddress } = some;
  assert.deepEqual(
    { namespaces, workers, maxChecks, stuckPodSeconds, logLevel },
    { namespaces: ['shop', 'blog'], workers: 8, maxChecks: 2, stuckPodSeconds: 0, logLevel: 'debug' },
  );
  assert.deepEqual([metricsAddress.port, healthAddress.port], [9090, 8081]);
});

test('the Lease that the operator asks for is the one that it may have', async (t) => {
  const program = await helm(t);
  if (!program) return;
  const all = await program.render({ fullnameOverride: 'backups' });
  const { leaseName } = operatorConfig((container(all).args as string[]).slice(1), {});
  const named = find(all, 'Role', '-lease').rules.flatMap(
    (rule: { resourceNames?: string[] }) => rule.resourceNames ?? [],
  );
  assert.deepEqual(named, [leaseName]);
});

test('the image has a tag or a digest, the same for operator, runners and test', async (t) => {
  const program = await helm(t);
  if (!program) return;
  const images = async (given: Values) => {
    const all = await program.render({ image: given });
    const config = operatorConfig((container(all).args as string[]).slice(1), {});
    return new Set([
      container(all).image,
      config.runnerDefaults.image,
      find(all, 'Pod').spec.containers[0].image,
    ]);
  };
  const digest = `sha256:${'0a'.repeat(32)}`;
  assert.deepEqual([...(await images({ repository: 'a/b', tag: '2' }))], ['a/b:2']);
  assert.deepEqual([...(await images({ repository: 'a/b', tag: '2', digest }))], [`a/b@${digest}`]);
});

test('the pods of the chart keep to pod security restricted, with a root file system that is read-only', async (t) => {
  const program = await helm(t);
  if (!program) return;
  const all = await program.render();
  for (const { automountServiceAccountToken, securityContext, containers } of [
    find(all, 'Deployment').spec.template.spec,
    find(all, 'Pod').spec,
  ]) {
    assert.equal(automountServiceAccountToken, true);
    assert.deepEqual(securityContext, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    for (const each of containers) {
      const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities } = each.securityContext;
      assert.deepEqual(
        [allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities],
        [false, true, { drop: ['ALL'] }],
      );
      assert.ok(each.resources.requests.memory && each.resources.limits.memory);
    }
  }
});

test('the CRDs are those of crds/, and stay unless somebody wants them gone', async (t) => {
  const program = await helm(t);
  if (!program) return;
  const policy = 'helm.sh/resource-policy';
  const defined = globSync('dbbackup.dev_*.yaml', { cwd: join(import.meta.dirname, '..', 'crds') });
  const plurals = defined.map((file) => file.replace(/^dbbackup\.dev_|\.yaml$/g, ''));
  assert.equal(plurals.length, 5);
  for (const plural of plurals) {
    const crd = parse(projectFile(`crds/dbbackup.dev_${plural}.yaml`));
    const rendered = find(await program.render(), 'CustomResourceDefinition', `${plural}.dbbackup.dev`);
    assert.deepEqual(rendered.spec, crd.spec);
    assert.equal(rendered.metadata.annotations?.[policy], 'keep');
    const going = await program.render({ crds: { keep: false } });
    assert.equal(
      find(going, 'CustomResourceDefinition', `${plural}.dbbackup.dev`).metadata.annotations,
      null,
    );
  }
  const without = await program.render({ crds: { install: false } });
  assert.deepEqual(
    without.filter(({ kind }) => kind === 'CustomResourceDefinition'),
    [],
  );
});

test('no selector of the chart takes in the pod of helm test', async (t) => {
  const program = await helm(t);
  if (!program) return;
  const all = await program.render({
    networkPolicy: { enabled: true },
    podDisruptionBudget: { enabled: true },
  });
  const selectors = [
    find(all, 'Service').spec.selector,
    find(all, 'Deployment').spec.selector.matchLabels,
    find(all, 'NetworkPolicy').spec.podSelector.matchLabels,
    find(all, 'PodDisruptionBudget').spec.selector.matchLabels,
  ];
  const takes = (selector: Record<string, string>, object: ChartObject['metadata']) =>
    Object.entries(selector).every(([key, value]) => object.labels?.[key] === value);
  for (const selector of selectors) {
    assert.ok(takes(selector, find(all, 'Deployment').spec.template.metadata));
    assert.ok(!takes(selector, find(all, 'Pod').metadata));
  }
});

test('a ServiceMonitor without a Service to watch is refused with a sentence', async (t) => {
  const program = await helm(t);
  if (!program) return;
  await assert.rejects(
    program.render({ metrics: { service: false, serviceMonitor: { enabled: true } } }),
    /metrics.serviceMonitor needs metrics.service: true/,
  );
});

test('the notes lead to a first backup in a namespace that is looked after', async (t) => {
  const program = await helm(t);
  if (!program) return;
  const notes = async (given: Values) =>
    (
      await program.run(
        ['install', 'test', chartFolder, '-n', 'system', '--dry-run=client', '--values', '-'],
        given,
      )
    ).stdout.split('\nNOTES:\n')[1] ?? '';
  assert.match(await notes({}), /the backups of every namespace\..*no registry has an image of that name/s);
  const some = await notes({ namespaces: ['blog', 'shop'], image: { repository: 'example.com/dbbackup' } });
  assert.match(some, /the backups of blog, shop\..*kubectl -n blog create secret/s);
  assert.doesNotMatch(some, /no registry/);
  const yaml = /<<'YAML'\n(.*?) {5}YAML/s.exec(some)?.[1]?.replace(/^ {5}/gm, '');
  assert.equal((parse(yaml ?? '') as ChartObject).metadata.namespace, 'blog');
  assert.match(await notes({ crds: { keep: false } }), /takes the CRDs away/);
});

interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
}

/** Paths of the maps that take no other keys. */
function closedMaps({ properties, additionalProperties }: Schema, path: string[] = []): string[][] {
  const own = properties && additionalProperties === false ? [path] : [];
  const inner = Object.entries(properties ?? {})
    .filter(([key]) => key !== 'affinity')
    .flatMap(([key, schema]) => closedMaps(schema, [...path, key]));
  return [...own, ...inner];
}

function schemaAt(path: readonly string[]): Schema {
  return path.reduce<Schema>((schema, key) => schema.properties?.[key] ?? {}, valuesSchema() as Schema);
}

function nested(path: readonly string[], value: unknown): Values {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Values;
}

function rbac(file: string): ChartObject[] {
  return parseAllDocuments(projectFile(`operator/rbac/${file}`)).map(
    (document) => document.toJS() as ChartObject,
  );
}

function container(all: readonly ChartObject[]) {
  return find(all, 'Deployment').spec.template.spec.containers[0];
}
