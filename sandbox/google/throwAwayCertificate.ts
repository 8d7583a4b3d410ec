import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** PEM texts of a server certificate, and the file of the authority that signed it. */
export interface ThrowAwayCertificate {
  readonly key: string;
  readonly certificate: string;
  readonly caFile: string;
}

/** Makes an authority and a certificate for `names` in `directory`, good for two days. Needs openssl. */
export async function throwAwayCertificate(
  directory: string,
  names: readonly string[],
): Promise<ThrowAwayCertificate> {
  const file = (name: string) => join(directory, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const caFile = file('ca.pem');
  await writeFile(
    file('extensions'),
    `basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName=${names.map((name) => `DNS:${name}`).join()}\n`,
  );
  const ca = ['req', '-x509', ...newKey, '-keyout', file('ca.key'), '-out', caFile, '-days', '2'];
  await run('openssl', [...ca, '-subj', '/CN=Throw-away test authority']);
  const request = ['req', '-new', ...newKey, '-keyout', file('server.key'), '-out', file('server.csr')];
  await run('openssl', [...request, '-subj', `/CN=${names[0]}`]);
  const sign = ['x509', '-req', '-in', file('server.csr'), '-CA', caFile, '-CAkey', file('ca.key')];
  const out = ['-CAcreateserial', '-days', '2', '-extfile', file('extensions'), '-out', file('server.pem')];
  await run('openssl', [...sign, ...out]);
  return {
    key: await readFile(file('server.key'), 'utf8'),
    certificate: await readFile(file('server.pem'), 'utf8'),
    caFile,
  };
}
