import type { KubernetesClient } from '../../../operator/controller/kubernetesClient.ts';
import type { Watchdog } from '../../processes/watchdog.ts';
import type { BackOffTimes } from './backOff.ts';
import type { MachineFacts } from './fieldValue.ts';
import type { MemoryGuard } from './memoryGuard.ts';
import type { RecordEvent } from './podEvents.ts';
import type { PodSources } from './podSources.ts';
import type { ImageStore } from './processImage.ts';

/** What the pods of one node share. */
export interface NodeContext {
  readonly root: string;
  readonly client: KubernetesClient;
  readonly sources: PodSources;
  readonly images: ImageStore;
  readonly machine: MachineFacts;
  /** Variables that every container has: where the API server is. */
  readonly serviceVariables: Readonly<Record<string, string>>;
  /** Between tries to pull an image, and before a container that ended is started again. */
  readonly backOff: BackOffTimes;
  readonly record: RecordEvent;
  readonly watchdog: Watchdog;
  readonly memory: MemoryGuard;
  /** Aborted when the node goes away: from then on it says nothing. */
  readonly signal: AbortSignal;
  /** Takes failures that are tried again, for the log. */
  report(error: unknown): void;
}
