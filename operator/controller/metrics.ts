import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { processMetrics } from './processMetrics.ts';

/** The runtime's own metrics, under the names and labels of client-go and controller-runtime, whose dashboards then work. */
export type RuntimeMetrics = ReturnType<typeof runtimeMetrics>;

const seconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** A registry of its own with all metrics of the runtime; others may be added to `registry`. */
export function runtimeMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers });
  const histogram = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Histogram({ name, help, labelNames, registers, buckets: seconds });
  processMetrics(registry);
  return {
    registry,
    requests: counter(
      'rest_client_requests_total',
      'Requests to the API server, each try counted, by status code (<error>: no answer).',
      'code',
      'method',
    ),
    reconciles: counter(
      'controller_runtime_reconcile_total',
      'Reconciliations by result: success, requeue_after, error.',
      'controller',
      'result',
    ),
    reconcileErrors: counter(
      'controller_runtime_reconcile_errors_total',
      'Failed reconciliations.',
      'controller',
    ),
    reconcileSeconds: histogram(
      'controller_runtime_reconcile_time_seconds',
      'How long reconciliations take.',
      'controller',
    ),
    activeWorkers: gauge('controller_runtime_active_workers', 'Workers at work.', 'controller'),
    maxWorkers: gauge('controller_runtime_max_concurrent_reconciles', 'Workers there are.', 'controller'),
    queueDepth: gauge('workqueue_depth', 'Keys waiting for a worker.', 'name'),
    queueAdds: counter(
      'workqueue_adds_total',
      'Keys added; one that waits already is not counted again.',
      'name',
    ),
    queueRetries: counter('workqueue_retries_total', 'Keys added again after a failure.', 'name'),
    queueSeconds: histogram('workqueue_queue_duration_seconds', 'How long keys wait for a worker.', 'name'),
    workSeconds: histogram('workqueue_work_duration_seconds', 'How long keys are worked on.', 'name'),
    isMaster: gauge('leader_election_master_status', '1 where this process leads, else 0.', 'name'),
    droppedEvents: counter(
      'event_recorder_dropped_total',
      'Events that nobody will see: the queue was full, or the API server refused them.',
      'reason',
    ),
  };
}

/** For the hook `onAnswer` of the client. */
export function countRequests({ requests }: RuntimeMetrics) {
  return ({ method }: { readonly method: string }, status: number): void => {
    requests.inc({ method, code: status === 0 ? '<error>' : String(status) });
  };
}
