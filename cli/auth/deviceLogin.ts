import { BackupError } from '../../crds/failureReason.ts';
import { type AuthIO, say } from './authIo.ts';
import type { GoogleEndpoints } from './googleEndpoints.ts';
import { consentDenied, refusedLogin } from './grant.ts';
import type { OAuthClient } from './oauthClient.ts';
import { type LoginNetwork, type OAuthAnswer, oauthRequest, textField } from './oauthRequest.ts';
import { scopeURL } from './scope.ts';

// RFC 8628, 3.2 and 3.5: the interval if none is given, and what slow_down adds to it.
const defaultIntervalS = 5;
const slowDownS = 5;
const defaultLifeS = 30 * 60;

/**
 * Lets the person type a code on any other device and gives the token endpoint's answer; scope drive.file, the
 * only one of Drive that Google allows here (https://developers.google.com/identity/protocols/oauth2/limited-input-device).
 * Throws ScopeMissing if consent is denied, DeadlineExceeded when the code runs out, ClientInvalid.
 */
export async function deviceLogin(
  client: OAuthClient,
  endpoints: GoogleEndpoints,
  network: LoginNetwork,
  io: AuthIO,
): Promise<OAuthAnswer> {
  const asked = await oauthRequest(
    network,
    endpoints.deviceCode,
    { client_id: client.id, scope: scopeURL('drive.file') },
    'be reached for the login',
  );
  if (asked.status !== 200) throw refusedLogin(asked);
  const deviceCode = textField(asked, 'device_code');
  // The RFC's name for the address, which Google spells differently.
  const page = asked.fields.verification_uri ?? asked.fields.verification_url;
  if (typeof page !== 'string') throw asked.error;
  say(io, `On any device, open ${page} and type the code\n\n  ${textField(asked, 'user_code')}\n`);
  const end = io.clock.now().getTime() + seconds(asked.fields.expires_in, defaultLifeS) * 1000;
  let intervalS = seconds(asked.fields.interval, defaultIntervalS);
  for (;;) {
    await io.clock.sleep(intervalS * 1000, io.signal);
    const answer = await oauthRequest(
      network,
      endpoints.token,
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code: deviceCode,
        client_id: client.id,
        client_secret: client.secret,
      },
      'be reached for the login',
    );
    const error = answer.fields.error;
    if (error === 'slow_down') intervalS += slowDownS;
    else if (error === 'access_denied') throw consentDenied();
    else if (error === 'expired_token') throw codeRanOut();
    else if (error !== 'authorization_pending') return answer;
    if (io.clock.now().getTime() >= end) throw codeRanOut();
  }
}

function codeRanOut(): BackupError {
  return new BackupError(
    'DeadlineExceeded',
    'The code ran out before it was typed: run `dbbackup auth login --device` again.',
  );
}

function seconds(value: unknown, otherwise: number): number {
  return typeof value === 'number' && value > 0 ? value : otherwise;
}
