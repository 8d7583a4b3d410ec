import { driveError } from '../driveError.ts';
import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { type AccessToken, projectOf } from './authorizations.ts';
import { scope } from './scopes.ts';

const wwwAuthenticate = 'Bearer realm="https://accounts.google.com/"';
const expected =
  'Expected OAuth 2 access token, login cookie or other valid authentication credential. ' +
  'See https://developers.google.com/identity/sign-in/web/devconsole-project.';

/** An API as Google's errors name it, in its own form of errors. */
export interface GoogleService {
  readonly host: string;
  readonly title: string;
  /** What the names of its methods begin with. */
  readonly package: string;
  enabled(state: GoogleState): boolean;
  readonly error: typeof driveError;
}

const driveService: GoogleService = {
  host: 'drive.googleapis.com',
  title: 'Google Drive API',
  package: 'google.apps.drive.v3',
  enabled: (state) => state.apiEnabled,
  error: driveError,
};

/** The bearer token of a request, if there is one. */
export function bearerToken(exchange: Exchange): string | undefined {
  const found = /^Bearer (\S+)$/i.exec(exchange.header('authorization') ?? '');
  return found?.[1] ?? exchange.query.get('access_token') ?? undefined;
}

/** Refuses a request without a live access token with 401, one with none of the scopes or a switched-off API with 403. */
export function authenticate(
  state: GoogleState,
  exchange: Exchange,
  method: string,
  anyOf: readonly string[],
  service = driveService,
): AccessToken {
  const bearer = bearerToken(exchange);
  if (bearer === undefined) {
    throw service.error(
      401,
      'required',
      `Request is missing required authentication credential. ${expected}`,
      {
        location: 'Authorization',
        locationType: 'header',
        status: 'UNAUTHENTICATED',
        headers: { 'WWW-Authenticate': wwwAuthenticate },
      },
    );
  }
  const token = liveToken(state, bearer, service);
  const wanted = anyOf.map(scope);
  if (!wanted.some((one) => token.scopes.includes(one))) {
    throw service.error(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.', {
      status: 'PERMISSION_DENIED',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
          domain: 'googleapis.com',
          metadata: { service: service.host, method: `${service.package}.${method}` },
        },
      ],
      headers: {
        'WWW-Authenticate': `${wwwAuthenticate}, error="insufficient_scope", scope="${wanted.join(' ')}"`,
      },
    });
  }
  if (!service.enabled(state)) throw apiDisabled(projectOf(token), service);
  return token;
}

/** The token's grant, or 401 as for one that expired, was revoked or never existed. */
export function liveToken(state: GoogleState, bearer: string, service = driveService): AccessToken {
  const token = state.authorizations.liveAccessToken(bearer);
  if (token) return token;
  throw service.error(401, 'authError', `Request had invalid authentication credentials. ${expected}`, {
    location: 'Authorization',
    locationType: 'header',
    status: 'UNAUTHENTICATED',
    headers: { 'WWW-Authenticate': `${wwwAuthenticate}, error="invalid_token"` },
  });
}

function apiDisabled(project: string, { host, title, error }: GoogleService) {
  const console = `https://console.developers.google.com/apis/api/${host}/overview?project=${project}`;
  const message =
    `${title} has not been used in project ${project} before or it is disabled. Enable it by ` +
    `visiting ${console} then retry. If you enabled this API recently, wait a few minutes for the action ` +
    'to propagate to our systems and retry.';
  return error(403, 'accessNotConfigured', message, {
    domain: 'usageLimits',
    extendedHelp: 'https://console.developers.google.com',
    status: 'PERMISSION_DENIED',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'SERVICE_DISABLED',
        domain: 'googleapis.com',
        metadata: { service: host, consumer: `projects/${project}` },
      },
    ],
  });
}
