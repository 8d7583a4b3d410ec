import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { BuildProgress } from './buildProgress.ts';

function started(t: TestContext, isTTY: boolean) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let time = 0;
  let text = '';
  const output = {
    isTTY,
    write(more: string) {
      text += more;
    },
  };
  const progress = new BuildProgress('Kubernetes', output, () => time);
  const pass = (seconds: number) => {
    time += seconds * 1000;
    t.mock.timers.tick(seconds * 1000);
    const said = text;
    text = '';
    return said;
  };
  return { progress, pass };
}

test('without a terminal there is a line every 30 s, with an estimate once it means something', (t) => {
  const { progress, pass } = started(t, false);
  assert.equal(pass(29), '');
  progress.moduleFetched();
  assert.equal(pass(1), 'Kubernetes: modules fetched: 1, 0:30 passed\n');
  progress.packagesListed(100);
  for (let i = 0; i < 4; i++) progress.packageCompiled();
  assert.equal(pass(30), 'Kubernetes: 4 of 100 packages, 1:00 passed\n');
  for (let i = 0; i < 21; i++) progress.packageCompiled();
  assert.equal(pass(30), 'Kubernetes: 25 of 100 packages, 1:30 passed, about 3:00 left\n');
  for (let i = 0; i < 75; i++) progress.packageCompiled();
  assert.equal(pass(30), 'Kubernetes: linking, 2:00 passed\n');
  progress.end(true);
  assert.equal(pass(0), 'Kubernetes: built after 2:00\n');
  assert.equal(pass(60), '');
});

test('on a terminal one line is rewritten every second, and left when the build ends', (t) => {
  const { progress, pass } = started(t, true);
  assert.equal(pass(1), '\r\x1b[2KKubernetes: modules fetched: 0, 0:01 passed');
  progress.end(false);
  assert.equal(pass(0), '\r\x1b[2KKubernetes: not built after 0:01\n');
});
