import { pino } from 'pino';
import { type CheckReport, checkReportJSON } from '../../crds/checkReport.ts';
import { Informer } from '../../operator/controller/informer.ts';
import { labels, type Pod, pods } from '../../operator/reconcile/kinds.ts';
import { slimPod } from '../../operator/reconcile/storedObjects.ts';
import type { OperatorCluster } from './operatorCluster.ts';

const passed = (name: string, message: string) => ({ name, ok: true, message });
// As long as a real one.
const report: CheckReport = {
  version: 1,
  kind: 'CheckReport',
  result: 'Passed',
  probes: [
    passed('database', 'PostgreSQL 17.5 at db.example.com, database shop as backup, TLS 1.3.'),
    passed('pg_dump', 'pg_dump 17.5 can dump PostgreSQL 17.5.'),
    passed('tables', '42 of 43 tables are wanted, and all of them may be read.'),
    passed('google login', 'The token was renewed; its scope is drive.file.'),
    passed('folder', 'Folder Backups, and files may be made in it.'),
    passed('room', '812 GiB of 2 TiB are free.'),
    passed('clock', 'It differs from that of Google by less than a second.'),
    passed('email', 'smtp.example.com:25 greets, and offers STARTTLS.'),
  ],
};

/** Ends every check pod as passed as soon as it is there, until it is disposed of: one write where a kubelet makes about four. */
export function fakeKubelet({ client }: OperatorCluster): AsyncDisposable {
  const stop = new AbortController();
  const informer = new Informer<Pod>({
    ...{ client, resource: pods, transform: slimPod, logger: pino({ level: 'silent' }) },
    labelSelector: `${labels.purpose}=check`,
  });
  const end = async ({ metadata: { namespace, name } }: Pod) => {
    const status = succeeded(new Date().toISOString());
    await client.patch(pods, namespace, name, { status }, { subresource: 'status' }, stop.signal);
  };
  informer.store.onChange(({ type, object }) => {
    if (type !== 'added' || object.status?.phase !== 'Pending') return;
    end(object).catch((error: Error) => {
      if (!stop.signal.aborted) console.error(`The fake kubelet: ${error.message}`);
    });
  });
  const running = informer.run(stop.signal);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

function succeeded(now: string): Pod['status'] {
  const terminated = { exitCode: 0, reason: 'Completed', startedAt: now, finishedAt: now };
  const container = {
    ...{ name: 'runner', image: 'dbbackup:bench', imageID: '', ready: false, restartCount: 0 },
    state: { terminated: { ...terminated, message: checkReportJSON(report) } },
  };
  return { phase: 'Succeeded', startTime: now, containerStatuses: [container] };
}
