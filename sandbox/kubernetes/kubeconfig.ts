import { randomBytes } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';

/** Who comes in by a kubeconfig, and where. */
export interface KubeconfigContent {
  server: string;
  /** The CA's certificate as PEM. */
  ca: string;
  user: string;
  credentials: { token: string } | { cert: string; key: string };
  /** Default: `default`. */
  namespace?: string | undefined;
}

/** Writes a kubeconfig that needs no other file, for its owner's eyes only, and gives its path. */
export async function writeKubeconfig(file: string, content: KubeconfigContent): Promise<string> {
  const { server, ca, user, credentials, namespace = 'default' } = content;
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'sandbox', cluster: { server, ...trust(server, ca) } }],
    users: [
      {
        name: user,
        user:
          'token' in credentials
            ? { token: credentials.token }
            : {
                'client-certificate-data': base64(credentials.cert),
                'client-key-data': base64(credentials.key),
              },
      },
    ],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user, namespace } }],
    'current-context': 'sandbox',
  };
  // Whoever reads it while another is written finds one or the other whole.
  const temporary = `${file}.${randomBytes(4).toString('hex')}`;
  await writeFile(temporary, stringify(kubeconfig, { lineWidth: 0 }), { mode: 0o600 });
  await rename(temporary, file);
  return file;
}

// client-node takes plain HTTP, as a proxy of a test speaks it, only from who asks for no TLS.
function trust(server: string, ca: string): object {
  return server.startsWith('http:')
    ? { 'insecure-skip-tls-verify': true }
    : { 'certificate-authority-data': base64(ca) };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
