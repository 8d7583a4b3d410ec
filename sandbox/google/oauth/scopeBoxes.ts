import { type Html, html } from '../pages/html.ts';
import { scopes } from './scopes.ts';

/** A ticked box for every scope; the person may untick it. */
export function scopeBoxes(wanted: readonly string[]): Html {
  return html`${wanted.map(
    (scope) => html`<label><input type="checkbox" name="granted" value="${scope}" checked>
${scopes[scope]} <span class="soft">${scope}</span></label>`,
  )}`;
}

/** The scopes left ticked. With none left Google may answer otherwise (unconfirmed); the fake then grants nothing. */
export function tickedScopes(form: URLSearchParams, wanted: readonly string[]): string[] {
  const ticked = form.getAll('granted');
  return wanted.filter((scope) => ticked.includes(scope));
}
