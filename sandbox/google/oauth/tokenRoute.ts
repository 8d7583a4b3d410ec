import { createHash } from 'node:crypto';
import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { oauthError } from '../httpError.ts';
import { accessTokenSeconds, type Client, type Grant, type RefreshToken } from './authorizations.ts';

/** POST /token: https://developers.google.com/identity/protocols/oauth2/native-app */
export async function tokenRoute(state: GoogleState, exchange: Exchange): Promise<void> {
  if (!/^application\/x-www-form-urlencoded\b/.test(exchange.header('content-type') ?? ''))
    throw oauthError(400, 'invalid_request', 'Required parameter is missing: grant_type');
  const form = await exchange.form();
  const grantType = form.get('grant_type');
  if (!grantType) throw oauthError(400, 'invalid_request', 'Required parameter is missing: grant_type');
  const body = await answerTo(grantType, state, exchange, form);
  exchange.answerJSON(200, body, { 'Cache-Control': 'no-cache, no-store, max-age=0, must-revalidate' });
}

async function answerTo(grantType: string, state: GoogleState, exchange: Exchange, form: URLSearchParams) {
  const client = authenticateClient(state, exchange, form);
  switch (grantType) {
    case 'refresh_token':
      await exchange.enter('tokenRefresh');
      return refresh(state, client, form);
    case 'authorization_code':
      return redeemCode(state, client, form);
    case 'urn:ietf:params:oauth:grant-type:device_code':
      return redeemDeviceCode(state, client, form);
    default:
      throw oauthError(400, 'unsupported_grant_type', `Invalid grant_type: ${grantType}`);
  }
}

function authenticateClient(state: GoogleState, exchange: Exchange, form: URLSearchParams): Client {
  const basic = /^Basic (\S+)$/i.exec(exchange.header('authorization') ?? '')?.[1];
  const [basicID, basicSecret] = basic
    ? Buffer.from(basic, 'base64').toString('utf8').split(':').map(decodeURIComponent)
    : [];
  const id = basicID ?? form.get('client_id');
  const secret = basicSecret ?? form.get('client_secret');
  if (!id) throw oauthError(400, 'invalid_request', 'Could not determine client ID from request.');
  const client = state.authorizations.clients.get(id);
  if (!client) throw oauthError(401, 'invalid_client', 'The OAuth client was not found.');
  if (!secret) throw oauthError(400, 'invalid_request', 'client_secret is missing.');
  if (client.secret !== secret)
    throw oauthError(401, 'invalid_client', 'The provided client secret is invalid.');
  return client;
}

function refresh(state: GoogleState, client: Client, form: URLSearchParams) {
  const given = form.get('refresh_token');
  if (!given) throw oauthError(400, 'invalid_request', 'Missing required parameter: refresh_token');
  const token = state.authorizations.liveRefreshToken(given);
  if (!token) throw oauthError(400, 'invalid_grant', 'Token has been expired or revoked.');
  // A token of another client counts as this client's mistake, not as a dead token.
  if (token.clientID !== client.id) throw oauthError(401, 'unauthorized_client', 'Unauthorized');
  token.lastUsed = state.now();
  return tokens(state, token, token, false);
}

function redeemCode(state: GoogleState, client: Client, form: URLSearchParams) {
  const code = state.authorizations.codes.get(form.get('code') ?? '');
  if (!code || code.clientID !== client.id || code.expires.getTime() <= state.now().getTime())
    throw oauthError(400, 'invalid_grant', 'Malformed auth code.');
  if (code.used) throw oauthError(400, 'invalid_grant', 'Bad Request');
  if (form.get('redirect_uri') !== code.redirectURI)
    throw oauthError(400, 'redirect_uri_mismatch', 'Bad Request');
  const verifier = form.get('code_verifier');
  if (!verifier) throw oauthError(400, 'invalid_grant', 'Missing code verifier.');
  if (createHash('sha256').update(verifier).digest('base64url') !== code.challenge)
    throw oauthError(400, 'invalid_grant', 'Invalid code verifier.');
  code.used = true;
  const refreshToken = code.withRefreshToken
    ? state.authorizations.issueRefreshToken(client, code.scopes)
    : undefined;
  return tokens(state, code, refreshToken, true);
}

// Statuses and words: https://developers.google.com/identity/protocols/oauth2/limited-input-device
function redeemDeviceCode(state: GoogleState, client: Client, form: URLSearchParams) {
  const device = state.authorizations.devices.get(form.get('device_code') ?? '');
  if (!device || device.clientID !== client.id || device.state === 'claimed')
    throw oauthError(400, 'invalid_grant', 'Malformed auth code.');
  const now = state.now();
  if (device.expires.getTime() <= now.getTime()) throw oauthError(400, 'expired_token', 'Token expired.');
  const soon =
    device.lastPoll !== undefined && now.getTime() - device.lastPoll.getTime() < state.deviceInterval * 1000;
  device.lastPoll = now;
  if (device.state === 'denied') throw oauthError(403, 'access_denied', 'Forbidden');
  if (soon) throw oauthError(403, 'slow_down', 'Forbidden');
  if (device.state === 'pending') throw oauthError(428, 'authorization_pending', 'Precondition Required');
  device.state = 'claimed';
  const grant: Grant = { clientID: client.id, scopes: device.grantedScopes };
  return tokens(state, grant, state.authorizations.issueRefreshToken(client, grant.scopes), true);
}

function tokens(state: GoogleState, grant: Grant, refreshToken: RefreshToken | undefined, first: boolean) {
  const access = state.authorizations.issueAccessToken(grant, refreshToken?.token);
  const left = refreshToken?.expires
    ? Math.floor((refreshToken.expires.getTime() - state.now().getTime()) / 1000)
    : undefined;
  return {
    access_token: access.token,
    expires_in: accessTokenSeconds,
    refresh_token: first ? refreshToken?.token : undefined,
    scope: grant.scopes.join(' '),
    token_type: 'Bearer',
    // Said for grants with an end, such as those of an app in "Testing".
    refresh_token_expires_in: left,
  };
}
