import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { startWatchdog } from '../processes/watchdog.ts';
import { BuildProgress, type ProgressOutput } from './buildProgress.ts';
import { goToolchain } from './goToolchain.ts';
import { goPackages, inWords, type Program } from './programs.ts';
import { KubernetesUnavailable } from './unavailable.ts';
import { kubernetesVersions, linkerFlags, moduleDirectory } from './versions.ts';

/** What a build needs to know of its surroundings. */
export interface BuildOptions {
  env: NodeJS.ProcessEnv;
  output: ProgressOutput;
  signal?: AbortSignal | undefined;
}

const temporaryPrefix = 'building-';
const firstTime = 'once for this machine, six to nine minutes on two cores';

/**
 * Builds programs into `directory`; each appears there whole or not at all. Call it while holding the
 * directory's lock: what a build that died has left is removed first.
 */
export async function buildPrograms(
  programs: readonly Program[],
  directory: string,
  { env: environment, output, signal }: BuildOptions,
): Promise<void> {
  const { version, env } = await goToolchain(environment);
  for (const name of await readdir(directory)) {
    if (name.startsWith(temporaryPrefix)) await rm(join(directory, name), { recursive: true, force: true });
  }
  const temporary = await mkdtemp(join(directory, temporaryPrefix));
  const versions = kubernetesVersions();
  const packages = programs.map((program) => goPackages[program]);
  const isWhole = programs.some((program) => program !== 'cronOracle');
  output.write(
    `Building ${inWords(programs)} (Kubernetes ${versions.kubernetes}, ${version})${isWhole ? `: ${firstTime}` : ''}.\n`,
  );
  const progress = new BuildProgress(
    isWhole ? `Kubernetes ${versions.kubernetes}` : inWords(programs),
    output,
  );
  let isBuilt = false;
  try {
    const onLine = (line: string) => {
      if (line.startsWith('go: downloading ')) progress.moduleFetched();
      else if (/^[\w.~-]+(\/[\w.~-]+)*$/.test(line)) progress.packageCompiled();
    };
    const listed = await go(['list', '-deps', ...packages], { env, temporary, onLine, signal });
    progress.packagesListed(listed.split('\n').filter(Boolean).length);
    const flags = ['-v', '-trimpath', '-buildvcs=false', '-ldflags', linkerFlags(versions)];
    // With several packages or a directory go names the files itself.
    await mkdir(join(temporary, 'bin'));
    const out = ['-o', `${join(temporary, 'bin')}/`];
    await go(['build', ...flags, ...out, ...packages], { env, temporary, onLine, signal });
    for (const program of programs) {
      await rename(join(temporary, 'bin', goFileName(goPackages[program])), join(directory, program));
    }
    isBuilt = true;
  } finally {
    progress.end(isBuilt);
    await rm(temporary, { recursive: true, force: true });
  }
}

// The last part of a package's path, but for a module's major version: etcd's is `server`.
function goFileName(path: string): string {
  return basename(path.replace(/\/v\d+$/, ''));
}

interface Surroundings {
  env: NodeJS.ProcessEnv;
  temporary: string;
  onLine(line: string): void;
  signal: AbortSignal | undefined;
}

/** Runs go in our module and gives its output; it ends with this process, whatever happens to that. */
async function go(args: string[], { env, temporary, onLine, signal }: Surroundings): Promise<string> {
  signal?.throwIfAborted();
  const watchdog = startWatchdog(temporary, 'SIGINT');
  const child = spawn('go', args, { cwd: moduleDirectory, env, stdio: ['ignore', 'pipe', 'pipe'], signal });
  watchdog.guard(child.pid);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const lines: string[] = [];
  createInterface(child.stderr).on('line', (line) => {
    onLine(line);
    if (lines.push(line) > 200) lines.shift();
  });
  try {
    const code = await new Promise<number | string | null>((done, fail) => {
      child.on('error', fail);
      child.on('close', (status, killed) => done(status ?? killed));
    });
    if (code !== 0) {
      const said = lines.filter((line) => /[: ]/.test(line) && !line.startsWith('go: downloading'));
      const why = said.slice(-10).join('\n') || `it ended with ${code}`;
      throw new KubernetesUnavailable(`Kubernetes can't be built here: go ${args[0]} failed: ${why}`);
    }
    return output;
  } finally {
    watchdog.release();
  }
}
