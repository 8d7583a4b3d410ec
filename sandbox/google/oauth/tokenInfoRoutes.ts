import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { oauthError } from '../httpError.ts';

/** GET or POST /tokeninfo: what an access token is good for. */
export async function tokenInfoRoute(state: GoogleState, exchange: Exchange): Promise<void> {
  const form = exchange.request.method === 'POST' ? await exchange.form() : exchange.query;
  const token = state.authorizations.liveAccessToken(form.get('access_token') ?? '');
  if (!token) throw oauthError(400, 'invalid_token', 'Invalid Value');
  exchange.answerJSON(200, {
    azp: token.clientID,
    aud: token.clientID,
    scope: token.scopes.join(' '),
    exp: String(Math.floor(token.expires.getTime() / 1000)),
    expires_in: String(Math.floor((token.expires.getTime() - state.now().getTime()) / 1000)),
    access_type: token.refreshToken === undefined ? 'online' : 'offline',
  });
}

/** POST /revoke: ends a refresh token, or the grant behind an access token. */
export async function revokeRoute(state: GoogleState, exchange: Exchange): Promise<void> {
  const token = (await exchange.form()).get('token') ?? exchange.query.get('token');
  if (!token) throw oauthError(400, 'invalid_request', 'Missing required parameter: token');
  if (!state.authorizations.revoke(token)) throw oauthError(400, 'invalid_token', 'Token expired or revoked');
  exchange.answerJSON(200, {});
}
