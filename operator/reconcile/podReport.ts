import type { z } from 'zod';
import type { Pod } from './kinds.ts';
import { terminated } from './podFailure.ts';

/** What the pod answered in its termination message; undefined if it left nothing that we understand. */
export function podReport<T extends z.ZodType>(schema: T, pod: Pod): z.output<T> | undefined {
  const message = terminated(pod)?.message;
  if (message === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return undefined;
  }
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
