import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { kubernetesVersions, linkerFlags, moduleDirectory } from './versions.ts';

const sources = ['go.mod', 'go.sum', 'cronOracle/main.go'];

/**
 * Where built programs are kept: a directory below XDG_CACHE_HOME or ~/.cache whose name is a hash of all
 * that they are made from, so that another go.mod finds other programs.
 */
export function cacheDirectory(env: NodeJS.ProcessEnv): string {
  const hash = createHash('sha256');
  for (const source of sources)
    hash.update(`${source}\0`).update(readFileSync(join(moduleDirectory, source)));
  hash.update(`\0${linkerFlags(kubernetesVersions())}\0${process.platform}/${process.arch}`);
  const home = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return join(home, 'dbbackup', 'kubernetes', hash.digest('hex').slice(0, 16));
}
