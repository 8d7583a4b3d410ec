import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './buildLock.ts';
import { buildPrograms } from './buildPrograms.ts';
import type { ProgressOutput } from './buildProgress.ts';
import { cacheDirectory } from './cacheDirectory.ts';
import { type ControlPlaneProgram, controlPlanePrograms, inWords, type Program } from './programs.ts';
import { kubernetesVersions } from './versions.ts';

/** Which programs, and where to look and tell; everything has a default. */
export interface BinariesOptions<Name extends Program> {
  /** Default: those of a control plane. */
  programs?: readonly Name[];
  env?: NodeJS.ProcessEnv;
  /** Where the progress of a build is told: standard error. */
  output?: ProgressOutput;
  signal?: AbortSignal | undefined;
}

/**
 * The paths of Kubernetes' programs: those in KUBEBUILDER_ASSETS where that is set, else those of a cache in
 * the user's home directory, built by Go where they are missing (minutes, the first time). Throws
 * KubernetesUnavailable if they must be built and can't.
 */
export async function kubernetesBinaries<Name extends Program = ControlPlaneProgram>(
  options: BinariesOptions<Name> = {},
): Promise<Record<Name, string>> {
  const { env = process.env, output = process.stderr, signal } = options;
  const programs = options.programs ?? (controlPlanePrograms as readonly Program[] as readonly Name[]);
  const found = new Map(programs.map((program) => [program, inAssets(program, env)]));
  const wanted = programs.filter((program) => found.get(program) === undefined);
  const directory = cacheDirectory(env);
  const missing = () => wanted.filter((program) => !existsSync(join(directory, program)));
  tellOfIncompleteAssets(missing(), env, output);
  if (missing().length > 0) {
    await mkdir(directory, { recursive: true });
    const waiting = () => output.write('Waiting for another process that builds Kubernetes …\n');
    const build = async () => {
      const programs = missing(); // another may have built them while we waited
      if (programs.length > 0) await buildPrograms(programs, directory, { env, output, signal });
    };
    await withLock(join(directory, 'lock'), build, { signal, waiting });
  }
  const paths = programs.map((program) => [program, found.get(program) ?? join(directory, program)]);
  return Object.fromEntries(paths) as Record<Name, string>;
}

function inAssets(program: Program, env: NodeJS.ProcessEnv): string | undefined {
  if (!env.KUBEBUILDER_ASSETS) return undefined;
  const path = join(env.KUBEBUILDER_ASSETS, program);
  return existsSync(path) ? path : undefined;
}

// setup-envtest, which people have these assets from, brings etcd, kube-apiserver and kubectl alone.
function tellOfIncompleteAssets(
  missing: readonly Program[],
  { KUBEBUILDER_ASSETS }: NodeJS.ProcessEnv,
  output: ProgressOutput,
): void {
  const lacking = missing.filter((program) => controlPlanePrograms.some((name) => name === program));
  if (!KUBEBUILDER_ASSETS || lacking.length === 0) return;
  output.write(
    `KUBEBUILDER_ASSETS (${KUBEBUILDER_ASSETS}) lacks ${inWords(lacking)}: built here instead, as Kubernetes ${kubernetesVersions().kubernetes}. The others must be of that version, too.\n`,
  );
}
