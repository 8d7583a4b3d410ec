import type { Clock } from './clock.ts';
import type { Controller } from './controller.ts';
import type { HealthCheck } from './health.ts';
import type { HttpClient } from './httpClient.ts';
import type { Informer } from './informer.ts';
import type { KubernetesObject } from './kubernetesObject.ts';

/** Fails when a reconciliation did not end though its deadline is well past: it does not heed its signal. */
export function workersCheck(controller: Controller, clock: Clock, graceMs = 30_000): HealthCheck {
  return {
    name: `workers of ${controller.name}`,
    check() {
      const longest = controller.queue.longestAtWork;
      const ms = longest ? clock.monotonic() - longest.since : 0;
      if (!longest || ms <= controller.timeoutMs + graceMs) return undefined;
      return `${longest.key} is worked on for ${Math.round(ms / 1000)} s.`;
    },
  };
}

/** Fails until every first list is in its store. */
export function syncedCheck(
  informers: readonly Pick<Informer<KubernetesObject>, 'name' | 'hasSynced'>[],
): HealthCheck {
  return {
    name: 'synced',
    check() {
      const missing = informers.filter(({ hasSynced }) => !hasSynced).map(({ name }) => name);
      return missing.length > 0 ? `Not listed yet: ${missing.join(', ')}.` : undefined;
    },
  };
}

/** Fails when nothing came from the API server for so long; bookmarks come about every minute. */
export function contactCheck(
  client: Pick<HttpClient, 'lastContact'>,
  clock: Clock,
  withinMs = 150_000,
): HealthCheck {
  return {
    name: 'api-server',
    check() {
      const { lastContact } = client;
      if (lastContact === undefined) return 'It has not answered yet.';
      const ms = clock.monotonic() - lastContact;
      return ms > withinMs ? `Nothing came from it for ${Math.round(ms / 1000)} s.` : undefined;
    },
  };
}
