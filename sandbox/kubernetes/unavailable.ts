import type { TestContext } from 'node:test';

/** There can be no Kubernetes on this machine; the message says what to install. */
export class KubernetesUnavailable extends Error {
  override readonly name = 'KubernetesUnavailable';
}

/** What `wanted` comes to; where it is unavailable the test is skipped for that reason, and the answer is undefined. */
export async function orSkip<Wanted>(t: TestContext, wanted: Promise<Wanted>): Promise<Wanted | undefined> {
  try {
    return await wanted;
  } catch (error) {
    if (!(error instanceof KubernetesUnavailable)) throw error;
    t.skip(error.message);
    return undefined;
  }
}
