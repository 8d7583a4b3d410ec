import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';

import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import { type CertificateAuthority, openCertificateAuthority } from '../certificates.ts';
import { type ApiAccess, type ApiAnswer, apiRequest } from './apiRequest.ts';
import { writeKubeconfig } from './kubeconfig.ts';

/** Where a control plane is. Plain data: it can be handed to another process of this machine. */
export interface ClusterAddress {
  /** Its directory: keys, kubeconfigs, logs. */
  directory: string;
  serverURL: string;
  /** The path of kubectl. */
  kubectl: string;
}

/** What can be chosen of a call of kubectl. */
export interface KubectlOptions {
  /** Its standard input, for `-f -`. */
  input?: string;
  /** Default: the administrator's. */
  kubeconfig?: string;
}

/** What can be chosen of a kubeconfig. */
export interface KubeconfigOptions {
  /** Another address of the API server, as of a proxy at 127.0.0.1 or localhost. */
  server?: string;
  /** The namespace of its context; default: that of the service account, else `default`. */
  namespace?: string;
}

/** What can be asked of a running control plane, whoever started it. */
export interface ClusterAccess {
  readonly address: ClusterAddress;
  readonly serverURL: string;
  /** The administrator's kubeconfig (a file) and the same as @kubernetes/client-node reads it. */
  readonly kubeconfig: string;
  readonly adminConfig: KubeConfig;
  /** The CA's certificate (a file), and the CA itself. */
  readonly caFile: string;
  readonly authority: CertificateAuthority;
  /** Runs kubectl and gives its standard output; a KubectlError if it fails. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<string>;
  /** One request as the administrator. */
  request(method: string, path: string, body?: unknown): Promise<ApiAnswer>;
  /** A kubeconfig (a file) with a token of a service account, good for a day. */
  serviceAccountKubeconfig(namespace: string, name: string, options?: KubeconfigOptions): Promise<string>;
  /** A kubeconfig (a file) with a certificate of this user and groups, as `system:node:a` and `system:nodes`. */
  userKubeconfig(name: string, groups?: readonly string[], options?: KubeconfigOptions): Promise<string>;
}

/** kubectl failed: `stderr` is what it said, `status` its exit status. */
export class KubectlError extends Error {
  override readonly name = 'KubectlError';
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  constructor(args: readonly string[], status: number | null, stdout: string, stderr: string) {
    super(`kubectl ${args.join(' ')} ended with ${status}: ${stderr.trim()}`);
    this.status = status;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/** The functions of a control plane at `address`. */
export async function clusterAccess(address: ClusterAddress): Promise<ClusterAccess> {
  const { directory, serverURL } = address;
  const authority = await openCertificateAuthority(join(directory, 'pki'));
  const kubeconfig = join(directory, 'admin.kubeconfig');
  const adminConfig = new KubeConfig();
  adminConfig.loadFromFile(kubeconfig);
  const api = apiAccess(adminConfig, serverURL, authority.ca);
  const request = (method: string, path: string, body?: unknown) => apiRequest(api, method, path, body);
  const newFile = (user: string) => {
    const plain = user.replace(/[^\w.-]+/g, '-');
    return join(directory, `${plain}-${randomBytes(4).toString('hex')}.kubeconfig`);
  };
  return {
    address,
    serverURL,
    kubeconfig,
    adminConfig,
    caFile: authority.caFile,
    authority,
    request,
    kubectl: (args, options = {}) => kubectl(address, args, { kubeconfig, ...options }),
    async serviceAccountKubeconfig(namespace, name, { server = serverURL, ...options } = {}) {
      const token = await serviceAccountToken(request, namespace, name);
      const user = `${namespace}-${name}`;
      const content = { server, ca: authority.ca, user, credentials: { token }, namespace, ...options };
      return writeKubeconfig(newFile(user), content);
    },
    async userKubeconfig(name, groups = [], { server = serverURL, ...options } = {}) {
      const credentials = await authority.issue(name, [], [...groups]);
      return writeKubeconfig(newFile(name), {
        server,
        ca: authority.ca,
        user: name,
        credentials,
        ...options,
      });
    },
  };
}

function apiAccess(config: KubeConfig, serverURL: string, ca: string): ApiAccess {
  const { certData = '', keyData = '' } = config.getCurrentUser() ?? {};
  const [cert, key] = [certData, keyData].map((data) => Buffer.from(data, 'base64').toString());
  return { serverURL, ca, cert: cert ?? '', key: key ?? '' };
}

async function serviceAccountToken(
  request: ClusterAccess['request'],
  namespace: string,
  name: string,
): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const wish = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 86_400 },
  };
  const { status, body } = await request('POST', path, wish);
  if (status !== 201)
    throw new Error(`No token for the service account ${namespace}/${name}: ${status} ${body}`);
  return (JSON.parse(body) as { status: { token: string } }).status.token;
}

async function kubectl(
  { kubectl: program, directory }: ClusterAddress,
  args: readonly string[],
  { input, kubeconfig }: KubectlOptions,
): Promise<string> {
  // Nothing of the person's own: no kuberc, no cache in their home directory.
  const env = {
    ...process.env,
    KUBECONFIG: kubeconfig,
    KUBERC: 'off',
    KUBECACHEDIR: join(directory, 'kubectl'),
  };
  const child = spawn(program, args, { env, stdio: 'pipe' });
  child.stdin.on('error', () => {}); // it may end before it has read all: its own words say why
  child.stdin.end(input ?? '');
  const ended = new Promise<number | null>((done, fail) => child.on('error', fail).on('close', done));
  const [status, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (status !== 0) throw new KubectlError(args, status, stdout, stderr);
  return stdout;
}
