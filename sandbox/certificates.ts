import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A certificate with its key, as PEM and as the files that hold them. */
export interface Certificate {
  cert: string;
  key: string;
  certFile: string;
  keyFile: string;
}

/** A self-made certificate authority that lives in one directory. */
export interface CertificateAuthority {
  /** The CA's certificate as PEM. */
  ca: string;
  caFile: string;
  /**
   * A certificate for a server with these names (DNS names and IP addresses), or for a client (CN = user,
   * O = its groups).
   */
  issue(commonName: string, names?: string[], organizations?: string[]): Promise<Certificate>;
}

/** Makes a certificate authority in `directory` with openssl; everything is valid for ten days. */
export async function certificateAuthority(directory: string): Promise<CertificateAuthority> {
  const caFile = join(directory, 'ca.crt');
  const caKey = join(directory, 'ca.key');
  await openssl([
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '10'],
    ...['-subj', '/CN=dbbackup sandbox CA', '-keyout', caKey, '-out', caFile],
  ]);
  return openCertificateAuthority(directory);
}

/** The authority that `certificateAuthority` has made in `directory`, of this process or another. */
export async function openCertificateAuthority(directory: string): Promise<CertificateAuthority> {
  const caFile = join(directory, 'ca.crt');
  const caKey = join(directory, 'ca.key');
  return {
    ca: await readFile(caFile, 'utf8'),
    caFile,
    async issue(commonName, names = [], organizations = []) {
      const serial = randomBytes(8).toString('hex');
      const base = join(directory, `certificate-${serial}`);
      const [certFile, keyFile, request] = [`${base}.crt`, `${base}.key`, `${base}.csr`];
      const alternatives = names.map((name) => `${isIP(name) ? 'IP' : 'DNS'}:${name}`).join(',');
      await writeFile(
        `${base}.ext`,
        alternatives ? `subjectAltName=${alternatives}\n` : 'basicConstraints=CA:FALSE\n',
      );
      await openssl([
        ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
        ...['-subj', subject(commonName, organizations), '-keyout', keyFile, '-out', request],
      ]);
      await openssl([
        ...['x509', '-req', '-in', request, '-CA', caFile, '-CAkey', caKey, '-set_serial', `0x${serial}`],
        ...['-days', '10', '-extfile', `${base}.ext`, '-out', certFile],
      ]);
      const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
      return { cert, key, certFile, keyFile };
    },
  };
}

function subject(commonName: string, organizations: string[]): string {
  const parts = [...organizations.map((organization) => ['O', organization]), ['CN', commonName]];
  return parts.map(([type, value]) => `/${type}=${value?.replace(/[\\/+]/g, '\\$&')}`).join('');
}

async function openssl(args: string[]): Promise<void> {
  try {
    await run('openssl', args, { env: { ...process.env, LC_ALL: 'C' } });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new Error('openssl is not installed: apt-get install openssl.', { cause });
  }
}
