import { aboutRoute } from './drive/aboutRoute.ts';
import { cancelUpload, continueUpload } from './drive/continueUpload.ts';
import { createRoute, uploadRoute } from './drive/createRoute.ts';
import { deleteRoute } from './drive/deleteRoute.ts';
import { discoveryRoute } from './drive/discoveryRoute.ts';
import { generateIdsRoute } from './drive/generateIdsRoute.ts';
import { getRoute } from './drive/getRoute.ts';
import { listRoute } from './drive/listRoute.ts';
import { updateRoute } from './drive/updateRoute.ts';
import { driveError } from './driveError.ts';
import type { Exchange } from './exchange.ts';
import type { GoogleState } from './googleState.ts';
import { HttpError } from './httpError.ts';
import { authorizeDecision, authorizePage } from './oauth/authorizePage.ts';
import { deviceCodeRoute, deviceDecision, devicePage } from './oauth/deviceRoutes.ts';
import { revokeRoute, tokenInfoRoute } from './oauth/tokenInfoRoutes.ts';
import { tokenRoute } from './oauth/tokenRoute.ts';
import { downloadPage, filePage, folderPage, startPage } from './pages/drivePages.ts';
import { spreadsheetPage } from './pages/spreadsheetPage.ts';
import { sheetsDiscoveryRoute } from './sheets/sheetsDiscoveryRoute.ts';
import { sheetsRoute } from './sheets/sheetsRoute.ts';

/** A method and path, and what answers it; `id` is the path's one variable part, decoded. */
type Route = readonly [
  method: string,
  path: string,
  answer: (state: GoogleState, exchange: Exchange, id: string) => void | Promise<void>,
];

const upload = '/upload/drive/v3/files';
const routes: readonly Route[] = [
  ['GET', '/', startPage],
  ['GET', '/drive/folders/:id', folderPage],
  ['GET', '/file/d/:id/view', filePage],
  ['GET', '/file/d/:id/download', downloadPage],
  ['GET', '/spreadsheets/d/:id/edit', spreadsheetPage],
  ['GET', '/o/oauth2/v2/auth', authorizePage],
  ['POST', '/o/oauth2/v2/auth', authorizeDecision],
  ['GET', '/device', devicePage],
  ['POST', '/device', deviceDecision],
  ['POST', '/device/code', deviceCodeRoute],
  ['POST', '/token', tokenRoute],
  ['GET', '/tokeninfo', tokenInfoRoute],
  ['POST', '/tokeninfo', tokenInfoRoute],
  ['POST', '/revoke', revokeRoute],
  ['GET', '/discovery/v1/apis/drive/v3/rest', discoveryRoute],
  ['GET', '/discovery/v1/apis/sheets/v4/rest', sheetsDiscoveryRoute],
  ['GET', '/drive/v3/about', aboutRoute],
  ['GET', '/drive/v3/files', listRoute],
  ['POST', '/drive/v3/files', createRoute],
  ['GET', '/drive/v3/files/generateIds', generateIdsRoute],
  ['GET', '/drive/v3/files/:id', getRoute],
  ['PATCH', '/drive/v3/files/:id', updateRoute],
  ['DELETE', '/drive/v3/files/:id', deleteRoute],
  [
    'POST',
    upload,
    (state, exchange) =>
      exchange.query.has('upload_id') ? continueUpload(state, exchange) : uploadRoute(state, exchange),
  ],
  ['PUT', upload, continueUpload],
  ['DELETE', upload, cancelUpload],
];

/** Finds the route and lets it answer; what the fake does not have is 404, in JSON below the APIs. */
export async function route(state: GoogleState, exchange: Exchange): Promise<void> {
  const { pathname } = exchange.url;
  if (/^\/v4\/spreadsheets(\/|$)/.test(pathname)) return sheetsRoute(state, exchange);
  for (const [method, path, answer] of routes) {
    if (method !== exchange.request.method) continue;
    const id = variable(path, pathname);
    if (id !== undefined) return answer(state, exchange, id);
  }
  if (/^\/(drive|upload)\//.test(pathname)) throw driveError(404, 'notFound', 'Not Found');
  throw new HttpError(404, 'Not Found', { 'Content-Type': 'text/plain; charset=utf-8' });
}

function variable(path: string, pathname: string): string | undefined {
  if (path === pathname) return '';
  const [before, after] = path.split(':id');
  if (before === undefined || after === undefined) return undefined;
  if (!pathname.startsWith(before) || !pathname.endsWith(after)) return undefined;
  const id = pathname.slice(before.length, pathname.length - after.length);
  return /^[^/]+$/.test(id) ? decodeURIComponent(id) : undefined;
}
