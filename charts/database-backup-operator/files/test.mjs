// What `helm test` runs in a pod, as the operator's ServiceAccount.
// Arguments: directory of its token, namespace and name of the Lease, then the namespaces that are watched (none: all).
import { readFileSync } from 'node:fs';

const [directory, leaseNamespace, leaseName, ...namespaces] = process.argv.slice(1);
const token = readFileSync(`${directory}/token`, 'utf8').trim();
const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;

async function get(path) {
  const answer = await fetch(server + path, { headers: { authorization: `Bearer ${token}` } });
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text);
  // What is no path at all is answered in plain text.
  const said = text.startsWith('{') ? JSON.parse(text).message : text.trim();
  throw Object.assign(new Error(`GET ${path}: ${answer.status} ${said}`), { status: answer.status });
}

const group = '/apis/dbbackup.dev/v1alpha1';
const kinds = ['databasebackups', 'databasebackupruns', 'databaserestores', 'sheetsyncs', 'sheetsyncruns'];

async function crdsAreServed() {
  const { resources } = await get(group);
  const missing = kinds.filter((kind) => !resources.some(({ name }) => name === kind));
  if (missing.length > 0) throw new Error(`not served: ${missing.join(', ')}; is crds.install off?`);
}

async function backupsCanBeListed() {
  const places = namespaces.length > 0 ? namespaces.map((name) => `/namespaces/${name}`) : [''];
  for (const place of places) for (const kind of kinds) await get(`${group}${place}/${kind}?limit=1`);
}

async function operatorActs() {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${leaseNamespace}/leases/${leaseName}`;
  // Right after an installation its pod may still be on its way.
  for (let tries = 1; ; tries++) {
    const problem = leaseProblem(await get(path).catch(notThere));
    if (problem === undefined) return;
    if (tries === 30) throw new Error(problem);
    await new Promise((done) => setTimeout(done, 1000));
  }
}

function notThere(error) {
  if (error.status !== 404) throw error;
  return { spec: {} };
}

function leaseProblem({ spec: { holderIdentity, renewTime, leaseDurationSeconds } }) {
  if (!holderIdentity) return 'nobody holds the Lease: does a pod of the operator run?';
  const age = Math.round((Date.now() - Date.parse(renewTime)) / 1000);
  return age > leaseDurationSeconds ? `${holderIdentity} last renewed the Lease ${age} s ago` : undefined;
}

for (const check of [crdsAreServed, backupsCanBeListed, operatorActs]) {
  const name = check.name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  try {
    await check();
    console.log(`ok: ${name}`);
  } catch (error) {
    console.log(`failed: ${name}: ${error.message}${error.cause ? ` (${error.cause.message})` : ''}`);
    process.exitCode = 1;
  }
}
