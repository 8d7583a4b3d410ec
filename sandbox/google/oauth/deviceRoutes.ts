import { randomBytes, randomInt } from 'node:crypto';
import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { oauthError } from '../httpError.ts';
import { type Html, html } from '../pages/html.ts';
import { page } from '../pages/page.ts';
import type { DeviceRequest } from './authorizations.ts';
import { scopeBoxes, tickedScopes } from './scopeBoxes.ts';
import { deviceScopes, parseScopes } from './scopes.ts';

/** POST /device/code: https://developers.google.com/identity/protocols/oauth2/limited-input-device */
export async function deviceCodeRoute(state: GoogleState, exchange: Exchange): Promise<void> {
  const form = await exchange.form();
  const id = form.get('client_id');
  if (!id) throw oauthError(400, 'invalid_request', 'Missing required parameter: client_id');
  const client = state.authorizations.clients.get(id);
  if (!client) throw oauthError(401, 'invalid_client', 'The OAuth client was not found.');
  // Only clients made as "TVs and Limited Input devices".
  if (client.kind !== 'device') throw oauthError(401, 'invalid_client', 'Invalid client type.');
  const { known, unknown } = parseScopes(form.get('scope') ?? '');
  if (known.length + unknown.length === 0)
    throw oauthError(400, 'invalid_request', 'Missing required parameter: scope');
  const wrong = [...unknown, ...known.filter((scope) => !deviceScopes.has(scope))];
  if (wrong.length > 0) throw oauthError(400, 'invalid_scope', `Invalid device flow scope: ${wrong[0]}`);
  const request: DeviceRequest = {
    clientID: client.id,
    scopes: known,
    deviceCode: `AH-1Ng${randomBytes(40).toString('base64url')}`,
    userCode: `${letters()}-${letters()}`,
    expires: new Date(state.now().getTime() + 1800_000),
    lastPoll: undefined,
    state: 'pending',
    grantedScopes: [],
  };
  state.authorizations.devices.set(request.deviceCode, request);
  exchange.answerJSON(200, {
    device_code: request.deviceCode,
    user_code: request.userCode,
    expires_in: 1800,
    interval: state.deviceInterval,
    verification_url: `${state.url}/device`,
  });
}

/** GET /device: asks for the code that the device shows; with `user_code`, for consent. */
export function devicePage(state: GoogleState, exchange: Exchange): void {
  const code = exchange.query.get('user_code');
  const request = code === null ? undefined : waiting(state, code);
  if (!request) {
    ask(exchange, code);
    return;
  }
  const client = state.authorizations.clients.get(request.clientID);
  show(
    exchange,
    200,
    html`<p><b>${client?.name}</b> on your device wants to access the Google Account of
${state.account.displayName} (${state.account.email}):</p>
<form method="post" action="/device"><input type="hidden" name="user_code" value="${request.userCode}">
${scopeBoxes(request.scopes)}
<p><button name="decision" value="allow">Allow</button>
<button class="plain" name="decision" value="deny">Cancel</button></p></form>`,
  );
}

/** POST /device: the decision. */
export async function deviceDecision(state: GoogleState, exchange: Exchange): Promise<void> {
  const form = await exchange.form();
  const request = waiting(state, form.get('user_code') ?? '');
  if (!request) {
    ask(exchange, form.get('user_code') ?? '');
    return;
  }
  const allowed = form.get('decision') === 'allow';
  request.state = allowed ? 'allowed' : 'denied';
  request.grantedScopes = allowed ? tickedScopes(form, request.scopes) : [];
  show(
    exchange,
    200,
    html`<p>${allowed ? 'Success! Your device is connected.' : 'Your device was refused.'}</p>`,
  );
}

function waiting(state: GoogleState, userCode: string): DeviceRequest | undefined {
  const wanted = userCode.trim().toUpperCase();
  const found = [...state.authorizations.devices.values()].find((one) => one.userCode === wanted);
  return found?.state === 'pending' && found.expires.getTime() > state.now().getTime() ? found : undefined;
}

function ask(exchange: Exchange, wrongCode: string | null): void {
  const sentence =
    wrongCode === null
      ? 'Enter the code displayed on your device.'
      : 'Invalid code. Look at your device and try again.';
  show(
    exchange,
    wrongCode === null ? 200 : 400,
    html`<p>${sentence}</p>
<form method="get" action="/device"><input type="text" name="user_code" placeholder="XXXX-XXXX" autofocus>
<button>Continue</button></form>`,
  );
}

function show(exchange: Exchange, status: number, body: Html): void {
  exchange.answerPage(status, page('Connect a device', body));
}

// Without vowels, so that no word comes out.
function letters(): string {
  return Array.from({ length: 4 }, () => 'BCDFGHJKLMNPQRSTVWXZ'[randomInt(20)]).join('');
}
