import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveControls } from '../e2e/controls.ts';
import type { SuiteAddress } from '../e2e/suiteCluster.ts';
import { kubernetesBinaries } from '../sandbox/kubernetes/binaries.ts';
import { startRealCluster } from '../sandbox/kubernetes/realNode/startRealCluster.ts';
import { KubernetesUnavailable } from '../sandbox/kubernetes/unavailable.ts';
import { sharePostgres } from './sharePostgres.ts';
import { type FileResult, runTestFile } from './testFile.ts';
import { fileLine } from './testReport.ts';
import { conclude, inProject, stopSignal, testFiles } from './testRun.ts';

// `npm run e2e [part of a path …]`: the tests of e2e/, one file after the other, on a Kubernetes with one real node that is
// started for them, or on the cluster of E2E_KUBECONFIG.

const signal = stopSignal();
const began = performance.now();
await using stack = new AsyncDisposableStack();
const files = testFiles('e2e/**/*.test.ts', [], process.argv.slice(2));
conclude(files.length > 0 ? await testAll(files) : [], signal, true);

async function testAll(files: string[]): Promise<FileResult[]> {
  const address = await suite();
  process.env.DBBACKUP_E2E = JSON.stringify(address);
  if ('unavailable' in address) console.log(address.unavailable);
  else if (!('error' in address)) stack.use(await sharePostgres());
  console.log(`${files.length} files, ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const results: FileResult[] = [];
  for (const file of files) {
    if (signal.aborted) break;
    const result = await runTestFile(inProject(file), file, signal);
    results.push(result);
    console.log(fileLine(result));
    if (result.failed.length === 0 && result.output.trim())
      console.log(result.output.trimEnd().replace(/^/gm, '    '));
  }
  return results;
}

async function suite(): Promise<SuiteAddress> {
  try {
    const { kubectl, helm } = await kubernetesBinaries({ programs: ['kubectl', 'helm'], signal });
    const { E2E_KUBECONFIG: kubeconfig, E2E_IMAGE: image, E2E_HOST: host } = process.env;
    if (!kubeconfig) return { ...(await ownCluster()), kubectl, helm };
    if (!image || !host)
      throw new Error('E2E_KUBECONFIG needs E2E_IMAGE and E2E_HOST, too: see CONTRIBUTING.md.');
    return { kubeconfig, kubectl, helm, image, host, listen: '0.0.0.0' };
  } catch (error) {
    const { message, stack } = error as Error;
    return error instanceof KubernetesUnavailable ? { unavailable: message } : { error: stack ?? message };
  }
}

async function ownCluster() {
  const { cluster, machine, node, image } = stack.use(await startRealCluster(console.log, signal));
  const directory = await mkdtemp(join(tmpdir(), 'dbbackup-e2e-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const controls = join(directory, 'controls');
  const { apiServer, controllerManager, kubeconfig } = cluster;
  const cable = { stop: () => machine.connect(false), start: () => machine.connect(true) };
  const { kubelet, containerd } = node;
  stack.use(await serveControls(controls, { apiServer, controllerManager, kubelet, containerd, cable }));
  const { hostAddress: host } = machine.network;
  return { kubeconfig, host, listen: host, image, controls, cgroup: machine.cgroup };
}
