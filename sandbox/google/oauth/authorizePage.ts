import { randomBytes } from 'node:crypto';
import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { HttpError } from '../httpError.ts';
import { html } from '../pages/html.ts';
import { page } from '../pages/page.ts';
import type { Client } from './authorizations.ts';
import { scopeBoxes, tickedScopes } from './scopeBoxes.ts';
import { parseScopes } from './scopes.ts';

/** A request for consent that is in order. */
interface ConsentRequest {
  readonly client: Client;
  readonly redirectURI: string;
  readonly scopes: readonly string[];
  readonly challenge: string;
  readonly state: string | null;
  readonly offline: boolean;
  readonly prompt: ReadonlySet<string>;
}

/** GET /o/oauth2/v2/auth: the page on which a person allows an app what it asks for. */
export function authorizePage(state: GoogleState, exchange: Exchange): void {
  const request = consentRequest(state, exchange.query);
  const body = html`<p><b>${request.client.name}</b> wants to access the Google Account of
${state.account.displayName} (${state.account.email}). Choose what it may do:</p>
<form method="post" action="${exchange.url.pathname}${exchange.url.search}">
${scopeBoxes(request.scopes)}
<p><button name="decision" value="allow">Continue</button>
<button class="plain" name="decision" value="deny">Cancel</button></p></form>`;
  exchange.answerPage(200, page('Sign in with Google', body));
}

/** POST to the same address: the decision; sends the browser back to the app with a code or an error. */
export async function authorizeDecision(state: GoogleState, exchange: Exchange): Promise<void> {
  const request = consentRequest(state, exchange.query);
  const form = await exchange.form();
  const back = new URL(request.redirectURI);
  if (request.state !== null) back.searchParams.set('state', request.state);
  if (form.get('decision') === 'allow') {
    const granted = tickedScopes(form, request.scopes);
    back.searchParams.set('code', giveCode(state, request, granted));
    back.searchParams.set('scope', granted.join(' '));
  } else {
    back.searchParams.set('error', 'access_denied');
  }
  exchange.answer(302, '', { Location: back.href });
}

function giveCode(state: GoogleState, request: ConsentRequest, scopes: readonly string[]): string {
  const { client } = request;
  const code = `4/0A${randomBytes(40).toString('base64url')}`;
  state.authorizations.codes.set(code, {
    clientID: client.id,
    scopes,
    redirectURI: request.redirectURI,
    challenge: request.challenge,
    // Only the first consent gives a refresh token, later ones with prompt=consent alone.
    withRefreshToken: request.offline && (!client.consented || request.prompt.has('consent')),
    expires: new Date(state.now().getTime() + 10 * 60_000),
    used: false,
  });
  client.consented = true;
  return code;
}

function consentRequest(state: GoogleState, query: URLSearchParams): ConsentRequest {
  const client = state.authorizations.clients.get(query.get('client_id') ?? '');
  if (!client) throw refused(401, 'invalid_client', 'The OAuth client was not found.');
  const redirectURI = loopback(query.get('redirect_uri'), client);
  if (query.get('response_type') !== 'code')
    throw refused(400, 'unsupported_response_type', 'response_type must be code.');
  const { known, unknown } = parseScopes(query.get('scope') ?? '');
  if (unknown.length > 0)
    throw refused(400, 'invalid_scope', `Some requested scopes were invalid: [${unknown.join(', ')}]`);
  if (known.length === 0) throw refused(400, 'invalid_request', 'Missing required parameter: scope');
  const challenge = query.get('code_challenge');
  // Google leaves PKCE optional and knows "plain"; the fake demands what a login has to use.
  if (challenge === null || !/^[A-Za-z0-9_-]{43}$/.test(challenge))
    throw refused(400, 'invalid_request', 'Missing or malformed parameter: code_challenge');
  if (query.get('code_challenge_method') !== 'S256')
    throw refused(400, 'invalid_request', 'code_challenge_method must be S256.');
  return {
    client,
    redirectURI,
    scopes: known,
    challenge,
    state: query.get('state'),
    offline: query.get('access_type') === 'offline',
    prompt: new Set((query.get('prompt') ?? '').split(' ')),
  };
}

// Any port of this machine; nothing else since the out-of-band flow is gone.
function loopback(text: string | null, client: Client): string {
  if (text === null) throw refused(400, 'invalid_request', 'Missing required parameter: redirect_uri');
  const uri = URL.parse(text);
  const own = uri !== null && ['127.0.0.1', '[::1]', 'localhost'].includes(uri.hostname);
  if (!own || uri.protocol !== 'http:' || uri.hash !== '' || client.kind !== 'desktop')
    throw refused(400, 'redirect_uri_mismatch', `This app may not send you to ${text}.`);
  return text;
}

function refused(status: number, error: string, sentence: string): HttpError {
  const body = html`<p><b>Access blocked: authorization error</b></p><p>${sentence}</p>
<p class="soft">Error ${status}: ${error}</p>`;
  return new HttpError(status, page('Sign in with Google', body), {
    'Content-Type': 'text/html; charset=utf-8',
  });
}
