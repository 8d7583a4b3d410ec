import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { backupDocuments } from '../backupYaml.ts';
import { crdFolder, untilCrdsServed } from '../kubernetes/applyCrds.ts';
import { rightsFile, startSandboxCluster } from '../kubernetes/sandboxCluster.ts';
import { kubernetesVersions } from '../kubernetes/versions.ts';
import { syncDocument } from '../syncYaml.ts';
import { type Shell, shell } from './shell.ts';
import { showRevenue } from './showRevenue.ts';
import type { Stage } from './stage.ts';
import { type DemoWorld, showMail } from './world.ts';

const namespace = 'shop';

/**
 * The second act, on Kubernetes: installed and applied; a run by hand; one on schedule; a spreadsheet; a wrong folder, found at once.
 * Its programs are there already. Every command is run as it is shown, and what it writes is what people see.
 */
export async function kubernetesAct(stage: Stage, world: DemoWorld): Promise<void> {
  const { google, mailbox } = world;
  const { signal } = stage;
  stage.scene(`Kubernetes ${kubernetesVersions().kubernetes} on this machine: install, apply a backup`);
  const directory = await writeFiles(world);
  await using sandbox = await startSandboxCluster({ directory, googleURL: google.url, signal });
  const { cluster, startOperator } = sandbox;
  const { run, until } = await kubectlShell(stage, cluster, directory);

  await run('kubectl apply --server-side -f crds/', /databasebackups.* serverside-applied/);
  await untilCrdsServed(cluster);
  await run('kubectl apply -f operator.yaml', /serviceaccount.* created/);
  await startOperator(() => {});
  stage.say('The operator runs, with the rights of its ServiceAccount and no others.');
  await run(`kubectl create namespace ${namespace}`);
  await run('kubectl apply -f secrets.yaml -f backup.yaml', /databasebackup.* created/);
  await until('kubectl get databasebackups --watch', /^shop +True /);

  stage.scene('a backup now');
  let mails = mailbox.messages().length;
  await run('kubectl create job --from=cronjob/shop shop-now');
  await until('kubectl get databasebackupruns --watch', /^shop-now +shop +Succeeded +Manual /);
  await showMail(stage, world, ++mails);

  stage.scene('one on schedule (* * * * *): the CronJob fires on the minute');
  stage.say(`The next minute begins in ${60 - new Date().getSeconds()} s.`);
  await until('kubectl get databasebackupruns --watch', /^shop-\d+ +shop +Succeeded +Schedule /);
  await showMail(stage, world, ++mails);
  await run('kubectl get databasebackups', /^shop +True .* Succeeded /);

  stage.scene('the same shop in a spreadsheet: a SheetSync of the same name, and a sync now');
  await run('kubectl apply -f sync.yaml', /sheetsync.* created/);
  await until('kubectl get sheetsyncs --watch', /^shop +True /);
  await run('kubectl create job --from=cronjob/shop-sync shop-sync-now');
  await until('kubectl get sheetsyncruns --watch', /^shop-sync-now +shop +Succeeded +Manual /);
  await run('kubectl get sheetsyncs', /^shop +True .* Succeeded /);
  await showRevenue(stage, world);

  stage.scene('a wrong folder ID is seen now, and not at two in the night');
  const patch = JSON.stringify({ spec: { destination: { googleDrive: { folderID: '1NoSuchFolder' } } } });
  const since = performance.now();
  await run(`kubectl patch databasebackup shop --type merge --patch '${patch}'`, /patched/);
  await until('kubectl get databasebackups --watch', /^shop +False /);
  if (signal.aborted) return;
  stage.say(`Seen ${((performance.now() - since) / 1000).toFixed(1)} s after the change.`);
  await run("kubectl describe databasebackup shop | sed -n '/^Events:/,$p'", /FolderNotFound/);
}

async function writeFiles(world: DemoWorld): Promise<string> {
  const { uri, google, spreadsheetID, mailbox, formats } = world;
  const directory = join(world.directory, 'kubernetes');
  await mkdir(join(directory, 'crds'), { recursive: true });
  for (const name of (await readdir(crdFolder)).filter((file) => file.startsWith('dbbackup.dev_'))) {
    await copyFile(join(crdFolder, name), join(directory, 'crds', name));
  }
  await copyFile(rightsFile, join(directory, 'operator.yaml'));
  const common = {
    // After the first act only a new login helps.
    google: { folderID: google.folderID, credentials: google.issueCredentials() },
    ...{ postgres: { uri }, smtp: mailbox, namespace },
  };
  const spec = { schedule: '* * * * *', formats, retention: { maxCount: 5 } };
  const { secrets, backup } = backupDocuments({ ...common, spec });
  await writeFile(join(directory, 'secrets.yaml'), secrets, { mode: 0o600 });
  await writeFile(join(directory, 'backup.yaml'), backup);
  await writeFile(join(directory, 'sync.yaml'), syncDocument({ ...common, spreadsheetID }));
  return directory;
}

type Cluster = Awaited<ReturnType<typeof startSandboxCluster>>['cluster'];

async function kubectlShell(stage: Stage, cluster: Cluster, directory: string): Promise<Shell> {
  const KUBECONFIG = await cluster.userKubeconfig('admin', ['system:masters'], { namespace });
  const PATH = [dirname(cluster.address.kubectl), process.env.PATH].join(delimiter);
  // Nothing of the person's own.
  return shell(stage, directory, { KUBECONFIG, PATH, KUBERC: 'off', KUBECACHEDIR: join(directory, 'cache') });
}
