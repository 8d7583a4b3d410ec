import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { controlPlanePrograms, inWords } from './programs.ts';
import { KubernetesUnavailable } from './unavailable.ts';
import { kubernetesVersions } from './versions.ts';

/** Go as it is on this machine. */
export interface GoToolchain {
  /** Such as `go1.26.8`. */
  version: string;
  /** The environment for its commands: never another Go from the network, no C compiler, no go.work of somebody's. */
  env: NodeJS.ProcessEnv;
}

/** Finds `go` on PATH; a KubernetesUnavailable says what to install where it is missing or too old. */
export async function goToolchain(environment: NodeJS.ProcessEnv): Promise<GoToolchain> {
  const env: NodeJS.ProcessEnv = {
    ...environment,
    CGO_ENABLED: '0',
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
    GO111MODULE: 'on',
  };
  delete env.GOOS; // the programs are for this machine
  delete env.GOARCH;
  const { kubernetes, go } = kubernetesVersions();
  const need = `Kubernetes ${kubernetes} is built with Go ${go} or newer`;
  const remedy = `install Go from https://go.dev/dl, or set KUBEBUILDER_ASSETS to a directory with ${inWords(controlPlanePrograms)}`;
  let version: string;
  try {
    const { stdout } = await promisify(execFile)('go', ['env', 'GOVERSION'], { env, cwd: '/' });
    version = stdout.trim();
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const how = isMissing ? 'is not installed' : `does not run (${(cause as Error).message.trim()})`;
    throw new KubernetesUnavailable(`${need}, which ${how}: ${remedy}.`, { cause });
  }
  if (!isAtLeast(version, go)) {
    throw new KubernetesUnavailable(`${need}, and this machine has ${version || 'none'}: ${remedy}.`);
  }
  return { version, env };
}

function isAtLeast(version: string, least: string): boolean {
  const [major = 0, minor = 0] = /go(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [];
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}
