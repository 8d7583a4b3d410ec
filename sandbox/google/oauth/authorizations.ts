import { randomBytes } from 'node:crypto';

/** An OAuth client as made in the Google Cloud console. */
export interface Client {
  readonly id: string;
  readonly secret: string;
  /** `desktop`: loopback redirect; `device`: "TVs and Limited Input devices". */
  readonly kind: 'desktop' | 'device';
  /** The app's name on the consent page. */
  readonly name: string;
  /** "Testing": refresh tokens given out live seven days. */
  publishingStatus: 'Testing' | 'In production';
  /** The user has consented once: a refresh token comes again only with prompt=consent. */
  consented: boolean;
}

/** What a person allowed an app to do. */
export interface Grant {
  readonly clientID: string;
  readonly scopes: readonly string[];
}

/** The number of the Cloud project that a grant's client belongs to. */
export function projectOf({ clientID }: Grant): string {
  return clientID.split('-')[0] ?? '0';
}

/** A refresh token and its life. */
export interface RefreshToken extends Grant {
  readonly token: string;
  readonly issued: Date;
  lastUsed: Date;
  readonly expires: Date | undefined;
}

/** An access token and its life. */
export interface AccessToken extends Grant {
  readonly token: string;
  readonly expires: Date;
  readonly refreshToken: string | undefined;
}

/** An authorization code on its way through the browser. */
export interface AuthorizationCode extends Grant {
  readonly redirectURI: string;
  readonly challenge: string;
  readonly withRefreshToken: boolean;
  readonly expires: Date;
  used: boolean;
}

/** A device that waits for its person. */
export interface DeviceRequest extends Grant {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly expires: Date;
  lastPoll: Date | undefined;
  state: 'pending' | 'allowed' | 'denied' | 'claimed';
  grantedScopes: readonly string[];
}

const day = 24 * 3600 * 1000;
/** Life of an access token in seconds, as Google's `expires_in` says. */
export const accessTokenSeconds = 3599;

/** Clients, codes and tokens; times come from `now`. */
export class Authorizations {
  readonly clients = new Map<string, Client>();
  readonly codes = new Map<string, AuthorizationCode>();
  readonly devices = new Map<string, DeviceRequest>();
  readonly #refreshTokens = new Map<string, RefreshToken>();
  readonly #accessTokens = new Map<string, AccessToken>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  addClient(kind: Client['kind'], name: string): Client {
    const number = String(100_000_000_000 + (randomBytes(4).readUInt32BE() % 1_000_000_000));
    const client: Client = {
      id: `${number}-${randomBytes(16).toString('hex')}.apps.googleusercontent.com`,
      secret: `GOCSPX-${randomBytes(21).toString('base64url')}`,
      kind,
      name,
      publishingStatus: 'In production',
      consented: false,
    };
    this.clients.set(client.id, client);
    return client;
  }

  issueRefreshToken(client: Client, scopes: readonly string[], expires?: Date): RefreshToken {
    const issued = this.#now();
    const testing = client.publishingStatus === 'Testing' ? new Date(issued.getTime() + 7 * day) : undefined;
    const token: RefreshToken = {
      token: `1//0${randomBytes(48).toString('base64url')}`,
      clientID: client.id,
      scopes,
      issued,
      lastUsed: issued,
      expires: expires ?? testing,
    };
    this.#refreshTokens.set(token.token, token);
    // Over 100 live ones the oldest dies without a word.
    const own = [...this.#refreshTokens.values()].filter((one) => one.clientID === client.id);
    for (const old of own.slice(0, -100)) this.revoke(old.token);
    return token;
  }

  issueAccessToken(grant: Grant, refreshToken?: string): AccessToken {
    const token: AccessToken = {
      token: `ya29.a0${randomBytes(80).toString('base64url')}`,
      clientID: grant.clientID,
      scopes: grant.scopes,
      expires: new Date(this.#now().getTime() + accessTokenSeconds * 1000),
      refreshToken,
    };
    this.#accessTokens.set(token.token, token);
    return token;
  }

  /** The refresh token if it still lives: not revoked, not past its time, used within six months. */
  liveRefreshToken(token: string): RefreshToken | undefined {
    const found = this.#refreshTokens.get(token);
    const now = this.#now().getTime();
    if (!found || (found.expires && found.expires.getTime() <= now)) return undefined;
    return now - found.lastUsed.getTime() > 180 * day ? undefined : found;
  }

  /** The access token if it still lives. */
  liveAccessToken(token: string): AccessToken | undefined {
    const found = this.#accessTokens.get(token);
    return found && found.expires.getTime() > this.#now().getTime() ? found : undefined;
  }

  /** Ends a refresh token with all its access tokens, or the grant behind an access token. */
  revoke(token: string): boolean {
    const access = this.#accessTokens.get(token);
    const refresh = this.#refreshTokens.get(access?.refreshToken ?? token);
    if (!access && !refresh) return false;
    this.#accessTokens.delete(token);
    if (refresh) {
      this.#refreshTokens.delete(refresh.token);
      for (const one of this.#accessTokens.values())
        if (one.refreshToken === refresh.token) this.#accessTokens.delete(one.token);
    }
    return true;
  }

  /** Ends every refresh token, as when the user removes the app. */
  revokeAll(): void {
    for (const token of [...this.#refreshTokens.keys()]) this.revoke(token);
    for (const client of this.clients.values()) client.consented = false;
  }

  /** Lets access tokens end now; refresh tokens live on. */
  expireAccessTokens(): void {
    this.#accessTokens.clear();
  }
}
