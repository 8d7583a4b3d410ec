import { isAbsolute, join, relative } from 'node:path';
import type { FakeGoogle } from './google/fakeGoogle.ts';
import type { Playground } from './kubernetes/startPlayground.ts';
import { kubernetesVersions } from './kubernetes/versions.ts';
import type { PostgresServer } from './postgres/startPostgres.ts';
import type { Mailbox } from './smtp/startMailbox.ts';

/** What every sandbox has. */
export interface SandboxParts {
  /** Of the database. */
  uri: string;
  server: PostgresServer;
  google: FakeGoogle;
  mailbox: Mailbox;
  spreadsheetID: string;
  yamlFile: string;
  syncFile: string;
  /** For `dbbackup auth login`. */
  clientFile: string;
  hasPgDump: boolean;
}

/** One line for programs. */
export function sandboxJSON(parts: SandboxParts, kubernetes?: Playground): string {
  const { uri, google, mailbox, spreadsheetID } = parts;
  const { url, folderID, credentials } = google;
  const { host, port } = mailbox;
  const { serverURL, kubeconfig, bin, namespace, log, metricsURL, healthURL } = kubernetes ?? {};
  return JSON.stringify({
    postgres: { uri },
    google: { url, folderID, spreadsheetID, credentials },
    smtp: { host, port, url: mailbox.url },
    ...(bin !== undefined && {
      kubernetes: { serverURL, kubeconfig, kubectl: join(bin, 'kubectl'), namespace },
      operator: { log, metricsURL, healthURL },
    }),
  });
}

/** What there is and what to try, for people. */
export function sandboxText(parts: SandboxParts, kubernetes?: Playground): string {
  const { uri, server, google, mailbox, spreadsheetID, yamlFile, clientFile, hasPgDump } = parts;
  const [file, sync] = [fromHere(yamlFile), fromHere(parts.syncFile)];
  const cluster = kubernetes && [
    [
      'Kubernetes',
      `${kubernetesVersions().kubernetes}, ${kubernetes.serverURL}; one node, pods are processes`,
    ],
    ['Operator', `log ${fromHere(kubernetes.log)}, ${kubernetes.metricsURL}/metrics`],
  ];
  const rows = [
    [`PostgreSQL ${server.version}`, uri],
    ['Drive folder', `${google.url}/drive/folders/${google.folderID}`],
    ['Spreadsheet', `${google.url}/spreadsheets/d/${spreadsheetID}/edit`],
    ['Inbox', mailbox.url],
    ['Backup', `${file} (a DatabaseBackup with its Secrets)`],
    ['Sync', `${sync} (a SheetSync with its Secrets)`],
    ...(cluster ?? []),
  ];
  const width = Math.max(...rows.map(([name = '']) => name.length));
  const dump = hasPgDump
    ? []
    : ['', `Without sql: no pg_dump ${server.major} or newer here (apt-get install postgresql-client).`];
  return [
    '',
    'The sandbox is up. Ctrl-C ends it, and all that is in it.',
    '',
    ...rows.map(([name = '', what]) => `  ${name.padEnd(width)}  ${what}`),
    ...dump,
    '',
    'In another terminal, in this directory:',
    '',
    ...(kubernetes ? [...withKubectl(kubernetes, file, sync), '', 'And without a cluster:', ''] : []),
    `  export DBBACKUP_GOOGLE_URL=${google.url}`,
    `  npx dbbackup check -f ${file}`,
    `  npx dbbackup run -f ${file}`,
    `  npx dbbackup list -f ${file}`,
    `  npx dbbackup restore -f ${file} --set latest --create --to ${uri.replace(/\/shop$/, '/restored')}`,
    `  npx dbbackup sync -f ${sync}`,
    `  npx dbbackup auth login --client-file ${fromHere(clientFile)}`,
    '',
  ].join('\n');
}

function withKubectl({ kubeconfig, bin }: Playground, file: string, sync: string): string[] {
  const steps = [
    [`kubectl apply -f ${file}`],
    ['kubectl get dbb --watch', 'READY comes with the first check, in seconds; Ctrl-C'],
    ['kubectl get dbb -o wide', 'and says why'],
    ['kubectl describe dbb shop', 'conditions and events'],
    ['kubectl create job --from=cronjob/shop shop-now', 'a backup now'],
    ['kubectl apply -f examples/run.yaml', 'another one, which says who asked for it'],
    ['kubectl get dbbr --watch', 'until both have succeeded'],
    ['kubectl get dbbr shop-now -o yaml', 'files, links, what retention did'],
    ['kubectl apply -f examples/restore.yaml', 'its set into a database beside the first one'],
    ['kubectl get dbr --watch', 'phase, set, target, rows'],
    [`kubectl apply -f ${sync}`, 'tables and a query of the shop in a spreadsheet'],
    ['kubectl get ss --watch', 'READY'],
    ['kubectl create job --from=cronjob/shop-sync shop-sync-now', 'write the tabs now'],
    ['kubectl get ssr --watch', 'until it has succeeded; then look at the spreadsheet above'],
    ['kubectl explain dbb.spec.retention', 'each field has its documentation'],
    ['kubectl annotate dbb shop dbbackup.dev/check-now="$(date)"', 'check it again'],
    ['kubectl edit dbb shop', 'another folderID: READY is False in seconds'],
  ];
  const width = Math.max(...steps.map(([command = '']) => command.length));
  return [
    `  export KUBECONFIG="${fromAnywhere(kubeconfig)}" PATH="${fromAnywhere(bin)}:$PATH"`,
    ...steps.map(([command = '', why]) => (why ? `  ${command.padEnd(width)}   # ${why}` : `  ${command}`)),
  ];
}

function fromHere(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

function fromAnywhere(path: string): string {
  const short = fromHere(path);
  return isAbsolute(short) ? short : `$PWD/${short}`;
}
