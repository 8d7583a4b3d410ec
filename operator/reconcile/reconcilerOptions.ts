import type { Logger } from 'pino';
import type { KubernetesObject } from '../controller/kubernetesObject.ts';
import type { Cluster } from './cluster.ts';
import type { EventText, Policy } from './observed.ts';

/** What the reconciler of every kind works with. */
export interface ReconcilerOptions<T extends KubernetesObject> extends Cluster {
  readonly policy: Policy;
  readonly logger: Logger;
  /** Tells an event on the object that is reconciled. */
  readonly tell: (object: T, event: EventText) => void;
  readonly now: () => Date;
}
