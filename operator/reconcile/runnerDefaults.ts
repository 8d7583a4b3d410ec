import type { z } from 'zod';
import { runnerSpec } from '../../crds/runnerSpec.ts';

/** What the operator gives every runner pod unless the backup's spec.runner says otherwise. */
export const runnerDefaults = runnerSpec
  .omit({ podLabels: true, podAnnotations: true })
  .required({ image: true });
export type RunnerDefaults = z.output<typeof runnerDefaults>;
