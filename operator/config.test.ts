import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackupError } from '../crds/failureReason.ts';
import { operatorConfig, optionTexts } from './config.ts';

const image = ['--runner-image', 'dbbackup:1'];

test('flags win over the environment, and what is left out has its default', () => {
  const config = operatorConfig([...image, '--workers', '8'], {
    DBBACKUP_WORKERS: '2',
    DBBACKUP_MAX_CHECKS: '9',
    DBBACKUP_NAMESPACES: 'b,a,b',
  });
  assert.deepEqual([config.workers, config.maxChecks, config.namespaces], [8, 9, ['b', 'a']]);
  assert.deepEqual(config.runnerDefaults, { image: 'dbbackup:1' });
  assert.deepEqual(config.metricsAddress, { host: undefined, port: 8080 });
  assert.equal(config.leaderElect, true);
});

test('defaults of the runner are read as a spec.runner', () => {
  const json = JSON.stringify({ env: [{ name: 'HTTPS_PROXY', value: 'x' }], imagePullPolicy: 'Always' });
  assert.equal(
    operatorConfig([...image, '--runner-defaults', json], {}).runnerDefaults.imagePullPolicy,
    'Always',
  );
});

for (const [what, args, env, expected] of [
  ['no image', [], {}, 'The option --runner-image (DBBACKUP_RUNNER_IMAGE) is missing.'],
  [
    'a number that is none',
    [...image, '--workers', 'many'],
    {},
    'The option --workers (DBBACKUP_WORKERS): expected number, received NaN.',
  ],
  [
    'an address without a port',
    image,
    { DBBACKUP_METRICS_ADDRESS: 'localhost' },
    'The option --metrics-address (DBBACKUP_METRICS_ADDRESS): write host:port, :port for every address, or :0 for any free port.',
  ],
  [
    'a misspelt flag',
    [...image, '--worker', '1'],
    {},
    "Unknown option '--worker'; did you mean --workers?; see dbbackup operator --help.",
  ],
  [
    'JSON that is none',
    [...image, '--runner-defaults', '{hunter2'],
    {},
    'The option --runner-defaults (DBBACKUP_RUNNER_DEFAULTS): is no JSON object.',
  ],
] as const) {
  test(`refuses ${what} in one sentence`, () => {
    assert.throws(
      () => operatorConfig(args, env),
      (error) => error instanceof BackupError && error.message === expected,
    );
  });
}

test('names the field of the defaults that is wrong', () => {
  const json = JSON.stringify({ imagePullPolicy: 'Sometimes' });
  assert.throws(
    () => operatorConfig([...image, '--runner-defaults', json], {}),
    /is no spec\.runner: imagePullPolicy: /,
  );
});

test('every option has its line in the help', () => {
  for (const { flag, variable, meaning } of optionTexts()) {
    assert.match(flag, /^--[a-z-]+$/);
    assert.match(variable, /^DBBACKUP_[A-Z_]+$/);
    assert.match(meaning, /^[A-Z].*[.…]$/);
  }
});
