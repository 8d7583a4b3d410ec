import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageReference } from './imageReference.ts';
import { imageID } from './processImage.ts';

test('short names mean docker.io and latest', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const names = {
    dbbackup: 'docker.io/library/dbbackup:latest',
    'team/dbbackup:1': 'docker.io/team/dbbackup:1',
    'localhost/dbbackup': 'localhost/dbbackup:latest',
    'registry:5000/a/b:dev': 'registry:5000/a/b:dev',
    'ghcr.io/a/b': 'ghcr.io/a/b:latest',
    'index.docker.io/a/b': 'docker.io/a/b:latest',
    [`a@${digest}`]: `docker.io/library/a@${digest}`,
    [`a:1@${digest}`]: `docker.io/library/a:1@${digest}`,
  };
  for (const [name, reference] of Object.entries(names)) assert.equal(imageReference(name), reference);
});

test('what is no name is refused in the words of the reference library', () => {
  for (const name of ['', 'a b', 'a:', 'a:!', 'a//b', '-a', 'https://a/b', 'a@sha256:0']) {
    assert.throws(() => imageReference(name), {
      message: `couldn't parse image name "${name}": invalid reference format`,
    });
  }
  assert.throws(
    () => imageReference('Team/A'),
    /repository name \(Team\/A\) must be lowercase|invalid reference format/,
  );
  assert.throws(() => imageReference('Shop'), /repository name \(library\/Shop\) must be lowercase/);
});

test('an image ID keeps the port of a registry and drops tag and digest', () => {
  assert.match(imageID('registry:5000/a:1', {}), /^registry:5000\/a@sha256:[0-9a-f]{64}$/);
  assert.match(imageID(`a/b:1@sha256:${'0'.repeat(64)}`, {}), /^a\/b@sha256:[0-9a-f]{64}$/);
});
