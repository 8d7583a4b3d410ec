import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createInterface } from 'node:readline';
import { BackupError } from '../../crds/failureReason.ts';
import { type AuthIO, say } from './authIo.ts';
import type { GoogleEndpoints } from './googleEndpoints.ts';
import { consentDenied } from './grant.ts';
import { LoopbackServer, type PageForBrowser } from './loopbackServer.ts';
import type { OAuthClient } from './oauthClient.ts';
import { type LoginNetwork, type OAuthAnswer, oauthRequest } from './oauthRequest.ts';
import { type GoogleScope, scopeURL } from './scope.ts';

/** What a login through the browser asks for. */
export interface BrowserLogin {
  readonly client: OAuthClient;
  readonly scope: GoogleScope;
  /** 0 for any free one. */
  readonly port: number;
  /** Whether to open the browser; without, the answer's address may also be pasted on standard input. */
  readonly browser: boolean;
}

const patienceMs = 15 * 60_000;

/**
 * Lets the person consent in a browser and gives the token endpoint's answer: loopback redirect, PKCE with
 * S256, state (https://developers.google.com/identity/protocols/oauth2/native-app). Throws ScopeMissing if
 * consent is denied, DeadlineExceeded after 15 minutes, InvalidSpec if the port is taken.
 */
export async function browserLogin(
  login: BrowserLogin,
  endpoints: GoogleEndpoints,
  network: LoginNetwork,
  io: AuthIO,
): Promise<OAuthAnswer> {
  const verifier = randomBytes(48).toString('base64url');
  const state = randomBytes(32).toString('base64url');
  const code = Promise.withResolvers<string>();
  // Whoever waits is told; a denial that comes earlier must not be an unhandled rejection.
  code.promise.catch(() => undefined);
  await using server = await LoopbackServer.listen(login.port, (query) => pageFor(query, state, code));
  const address = new URL(endpoints.authorization);
  address.search = new URLSearchParams({
    client_id: login.client.id,
    redirect_uri: server.url,
    response_type: 'code',
    scope: scopeURL(login.scope),
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    // Both are needed for a refresh token when the account has consented before.
    access_type: 'offline',
    prompt: 'consent',
  }).toString();
  say(io, `Open this address in a browser and allow the access:\n\n  ${address.href}\n`);
  if (login.browser) await openOrSay(address.href, io);
  using _paste = login.browser ? undefined : pastedAddress(io, (query) => pageFor(query, state, code));
  return await oauthRequest(
    network,
    endpoints.token,
    {
      grant_type: 'authorization_code',
      code: await patiently(code.promise, io),
      client_id: login.client.id,
      client_secret: login.client.secret,
      redirect_uri: server.url,
      code_verifier: verifier,
    },
    'be reached for the login',
  );
}

function pageFor(query: URLSearchParams, state: string, code: PromiseWithResolvers<string>): PageForBrowser {
  if (!equal(query.get('state') ?? '', state)) {
    return {
      status: 400,
      title: 'Not this login',
      text: 'This answer belongs to another login (its state differs), so it was refused. Open the address that the terminal shows.',
    };
  }
  const given = query.get('code');
  if (given) {
    code.resolve(given);
    return {
      status: 200,
      title: 'Thank you',
      text: 'You may close this page. The terminal shows how it goes on.',
    };
  }
  code.reject(query.get('error') === 'access_denied' ? consentDenied() : refusedConsent(query.get('error')));
  return {
    status: 200,
    title: 'Nothing was granted',
    text: 'You may close this page. The terminal says what to do.',
  };
}

function refusedConsent(error: string | null): BackupError {
  const shown = /^[a-z_]{1,40}$/.test(error ?? '') ? error : 'no code';
  return new BackupError(
    'ClientInvalid',
    `Google refused the login (${shown}): check that the OAuth client is of the type Desktop app and that its app is published for this account.`,
  );
}

function equal(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

async function openOrSay(address: string, io: AuthIO): Promise<void> {
  try {
    await io.openBrowser(address);
  } catch {
    say(
      io,
      'No browser could be opened here: open the address yourself, or use --no-browser from another machine.',
    );
  }
}

/** Reads addresses from standard input, for a browser on another machine, where the redirect leads nowhere. */
function pastedAddress(io: AuthIO, answered: (query: URLSearchParams) => PageForBrowser): Disposable {
  say(
    io,
    'If the browser is on another machine, it ends on a page that does not open: paste its address here.\n',
  );
  const lines = createInterface({ input: io.stdin });
  lines.on('line', (line) => {
    if (line.trim() === '') return;
    const page = answered(URL.parse(line.trim())?.searchParams ?? new URLSearchParams());
    if (page.status !== 200)
      say(io, 'That is not the address of the last page of this login: paste the whole of it.');
  });
  return { [Symbol.dispose]: () => lines.close() };
}

async function patiently(code: Promise<string>, io: AuthIO): Promise<string> {
  const done = new AbortController();
  const signal = AbortSignal.any([io.signal, done.signal]);
  const tooLate = io.clock.sleep(patienceMs, signal).then(() => {
    throw new BackupError(
      'DeadlineExceeded',
      'Nobody answered in the browser within 15 minutes: run it again.',
    );
  });
  try {
    return await Promise.race([code, tooLate]);
  } finally {
    done.abort();
    await tooLate.catch(() => undefined);
  }
}
