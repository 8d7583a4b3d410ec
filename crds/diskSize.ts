import { z } from 'zod';
import { patterned } from './specTypes.ts';

/** Size of a disk, as Kubernetes writes it. */
export const diskSize = patterned(
  z.string().max(32),
  /^[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$/,
  'write a size such as 20Gi (Ki, Mi, Gi, Ti or k, M, G, T)',
);
