import type { Registry } from 'prom-client';
import { type ListenAddress, type PageServer, servePages } from './servePages.ts';

/** Serves the registry at /metrics for Prometheus. */
export function serveMetrics(registry: Registry, address: ListenAddress): Promise<PageServer> {
  return servePages(address, {
    '/metrics': async () => ({ status: 200, type: registry.contentType, text: await registry.metrics() }),
  });
}
