import type { AgentOptions, RequestOptions } from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import {
  type Cluster,
  type DispatcherOptions,
  KubeConfig,
  type RequestContext,
} from '@kubernetes/client-node';
import { Agent, type buildConnector, type Dispatcher } from 'undici';

/** What a request to the API server needs: where to, over which connections, and who is asking. */
export interface ApiAccess {
  readonly origin: string;
  /** Path of the API server's own address, without a slash at the end: behind some proxies it has one. */
  readonly basePath: string;
  readonly dispatcher: Dispatcher;
  /** Authorization among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of these credentials, for `renew`. */
  readonly generation: number;
}

// HTTP/1.1: a half-open connection then costs one request or one watch, never all of them.
const agentOptions: Agent.Options = { allowH2: false, keepAliveTimeout: 30_000 };
const connectTimeoutMs = 10_000;

/**
 * The API server that a kubeconfig names, with its credentials read anew for every request (token files rotate, exec
 * plugins expire) and one pool of connections, replaced only when server, CA or client certificate change.
 */
export class ApiConnection {
  #config: KubeConfig;
  readonly #cluster: Cluster;
  #generation = 0;
  #loading: Promise<ApiAccess> | undefined;
  #pool: { readonly options: DispatcherOptions; readonly dispatcher: Dispatcher } | undefined;

  constructor(config: KubeConfig) {
    const cluster = config.getCurrentCluster();
    if (!cluster) throw new Error('The kubeconfig has no current context with a cluster.');
    this.#config = config;
    this.#cluster = cluster;
  }

  /** Requests at the same time share one look, so that an exec plugin runs once. */
  access(): Promise<ApiAccess> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  /** To be called after a 401: what the library remembers of tokens is forgotten, once for each generation. */
  renew(generation: number): void {
    if (generation !== this.#generation) return;
    this.#generation += 1;
    this.#loading = undefined;
    const { clusters, users, contexts, currentContext } = this.#config;
    this.#config = new KubeConfig();
    this.#config.loadFromOptions({ clusters, users, contexts, currentContext });
  }

  /** Ends all requests and connections. */
  async close(): Promise<void> {
    await this.#pool?.dispatcher.destroy();
  }

  async #load(): Promise<ApiAccess> {
    const generation = this.#generation;
    const settings: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(settings);
    const { protocol, host, pathname } = new URL(this.#cluster.server);
    return {
      origin: `${protocol}//${host}`,
      basePath: pathname.replace(/\/+$/, ''),
      dispatcher: await this.#dispatcher(settings),
      headers: requestHeaders(settings),
      generation,
    };
  }

  async #dispatcher(settings: RequestOptions): Promise<Dispatcher> {
    const options = this.#config.createDispatcherOptions(this.#cluster, settings as AgentOptions);
    if (this.#pool && isDeepStrictEqual(this.#pool.options, options)) return this.#pool.dispatcher;
    // What is under way on the old connections may end there.
    this.#pool?.dispatcher.close().catch(() => {});
    this.#pool = { options, dispatcher: await this.#newDispatcher(options) };
    return this.#pool.dispatcher;
  }

  async #newDispatcher(options: DispatcherOptions): Promise<Dispatcher> {
    if (options.type === 'proxy' || options.type === 'socks') return await this.#proxyDispatcher();
    const tls = options.type === 'agent' ? options.connect : {};
    const connect = { ...tls, timeout: connectTimeoutMs } as buildConnector.BuildOptions;
    return new Agent({ ...agentOptions, connect });
  }

  /** The library's own: its SOCKS connector cannot be had otherwise. */
  async #proxyDispatcher(): Promise<Dispatcher> {
    let made: Dispatcher | undefined;
    const context: Pick<RequestContext, 'setHeaderParam' | 'setDispatcher'> = {
      setHeaderParam() {},
      setDispatcher(dispatcher) {
        made = dispatcher;
      },
    };
    await this.#config.applySecurityAuthentication(context as RequestContext);
    if (!made) throw new Error('The kubeconfig names a proxy that cannot be used.');
    return made;
  }
}

function requestHeaders({ headers, auth }: RequestOptions): Record<string, string> {
  const all = Object.entries({ ...headers }).map(([name, value]) => [name, String(value).trim()]);
  if (auth) all.push(['Authorization', `Basic ${Buffer.from(auth).toString('base64')}`]);
  return Object.fromEntries(all);
}
