import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';

// Debian's own interpreter, as its packages are visible to no other.
const python = '/usr/bin/python3';

/** The interpreter that has google-api-python-client; without one the test is skipped. */
export async function apiClientPython(t: TestContext): Promise<string | undefined> {
  const present =
    existsSync(python) &&
    (await promisify(execFile)(python, ['-c', 'import googleapiclient, google_auth_httplib2']).then(
      () => true,
      () => false,
    ));
  if (present) return python;
  t.skip('google-api-python-client is not installed: apt-get install python3-googleapi');
  return undefined;
}
