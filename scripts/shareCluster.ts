import { kubernetesBinaries } from '../sandbox/kubernetes/binaries.ts';
import { controlPlanePrograms } from '../sandbox/kubernetes/programs.ts';
import { startControlPlane } from '../sandbox/kubernetes/startControlPlane.ts';
import type { SharedCluster } from '../sandbox/kubernetes/testCluster.ts';
import { KubernetesUnavailable } from '../sandbox/kubernetes/unavailable.ts';
import { kubernetesVersions } from '../sandbox/kubernetes/versions.ts';

/** Whether the name of a test file says that it wants a control plane. */
export function wantsCluster(file: string): boolean {
  return file.endsWith('.cluster.test.ts');
}

/** The control plane of a test run. */
export interface TestRunCluster extends AsyncDisposable {
  /** In two words, for people. */
  name: string;
  /** What the test files are told by DBBACKUP_TEST_KUBERNETES. */
  shared: SharedCluster;
}

/**
 * Starts the control plane that the test files share, and first builds what they may ask for, which can take
 * minutes. Where that is not possible the files are told why.
 */
export async function shareCluster(signal: AbortSignal): Promise<TestRunCluster> {
  try {
    await kubernetesBinaries({ programs: [...controlPlanePrograms, 'cronOracle', 'helm'], signal });
    const cluster = await startControlPlane({ signal });
    return {
      name: `Kubernetes ${kubernetesVersions().kubernetes}`,
      shared: cluster.address,
      [Symbol.asyncDispose]: () => cluster.stop(),
    };
  } catch (error) {
    const { message } = error as Error;
    const shared = error instanceof KubernetesUnavailable ? { unavailable: message } : { error: message };
    return { name: 'no Kubernetes', shared, [Symbol.asyncDispose]: async () => {} };
  }
}
