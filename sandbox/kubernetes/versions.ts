import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where go.mod, go.sum and our own Go program lie. */
export const moduleDirectory = import.meta.dirname;

/** The versions that go.mod names, as in `v1.36.3`; `go` is the least Go that builds them, as in `1.26`. */
export interface KubernetesVersions {
  kubernetes: string;
  etcd: string;
  helm: string;
  go: string;
}

/** Reads go.mod, the one place where versions stand. */
export function kubernetesVersions(goMod = join(moduleDirectory, 'go.mod')): KubernetesVersions {
  const text = readFileSync(goMod, 'utf8');
  const find = (pattern: RegExp) => {
    const found = pattern.exec(text)?.[1];
    if (found === undefined) throw new Error(`${goMod} has no line like ${pattern.source}.`);
    return found;
  };
  return {
    kubernetes: find(/^\s*k8s\.io\/kubernetes (v\S+)/m),
    etcd: find(/^\s*go\.etcd\.io\/etcd\/server\/v3 (v\S+)/m),
    helm: find(/^\s*helm\.sh\/helm\/v4 (v\S+)/m),
    go: find(/^go (\d+\.\d+)/m),
  };
}

/** What go's linker writes into the programs: the versions they tell, which their own build scripts would set. */
export function linkerFlags({ kubernetes, helm }: KubernetesVersions): string {
  const [major, minor] = kubernetes.slice(1).split('.');
  const component = 'k8s.io/component-base/version';
  return [
    '-s -w',
    `-X ${component}.gitVersion=${kubernetes}`,
    `-X ${component}.gitMajor=${major}`,
    `-X ${component}.gitMinor=${minor}`,
    `-X helm.sh/helm/v4/internal/version.version=${helm}`,
  ].join(' ');
}
