import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { eventually, temporaryDirectory } from '../../sandbox/testing.ts';
import { openBrowser } from './openBrowser.ts';

test("hands the address to the system's program as one argument", async (t) => {
  const directory = await temporaryDirectory(t);
  const path = process.env.PATH;
  t.after(() => {
    process.env.PATH = path;
  });
  process.env.PATH = `${directory}${delimiter}${path}`;
  for (const [platform, program] of [
    ['linux', 'xdg-open'],
    ['darwin', 'open'],
    ['freebsd', 'xdg-open'],
  ] as const) {
    const seen = join(directory, platform);
    await writeFile(
      join(directory, program),
      `#!/bin/sh\nprintf '%s|' "$@" > '${seen}.part' && mv '${seen}.part' '${seen}'\n`,
      {
        mode: 0o755,
      },
    );
    const address = `https://example.com/?a=1&b=$(touch x);'"`;
    await openBrowser(address, platform);
    await eventually(async () => assert.equal(await readFile(seen, 'utf8'), `${address}|`));
  }
});

test('rejects where there is no such program', async (t) => {
  const path = process.env.PATH;
  t.after(() => {
    process.env.PATH = path;
  });
  process.env.PATH = await temporaryDirectory(t);
  await assert.rejects(openBrowser('https://example.com/', 'linux'), { code: 'ENOENT' });
});
