import { sizeInWords } from '../../../crds/inWords.ts';
import { sendContent } from '../drive/getRoute.ts';
import { folderType, type StoredFile } from '../drive/storedFile.ts';
import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { HttpError } from '../httpError.ts';
import { type Html, html } from './html.ts';
import { page } from './page.ts';

// These pages are the account owner's own view: they show everything, whichever app made it.

/** GET /: the account, its storage, its folders and its spreadsheets. */
export function startPage(state: GoogleState, exchange: Exchange): void {
  const { drive, account } = state;
  const folders = [...drive.files.values()].filter(({ mimeType }) => mimeType === folderType);
  const spreadsheets = [...drive.files.values()].filter((file) => file.spreadsheet);
  const { total } = drive.usage();
  const used = total + account.usedElsewhere;
  const limit = account.storageLimit === null ? 'unlimited storage' : sizeInWords(account.storageLimit);
  const body = html`<p>${account.displayName} · ${account.email} · ${sizeInWords(used)} used of ${limit}</p>
<ul>${folders.map((folder) => folderLine(state, folder))}${spreadsheets.map((file) => fileLine(state, file))}</ul>`;
  exchange.answerPage(200, page('My folders', body));
}

/** GET /drive/folders/ID: what lies in a folder, the newest first, what is in the bin last. */
export function folderPage(state: GoogleState, exchange: Exchange, id: string): void {
  const folder = state.drive.files.get(id === 'root' ? state.drive.rootID : id);
  if (folder?.mimeType !== folderType) throw missing('This folder does not exist.');
  const children = state.drive.children(folder.id).sort((a, b) => {
    const bin = Number(state.drive.trashed(a)) - Number(state.drive.trashed(b));
    return bin || b.createdTime.getTime() - a.createdTime.getTime() || (a.name < b.name ? -1 : 1);
  });
  const lines = children.map((file) =>
    file.mimeType === folderType ? folderLine(state, file) : fileLine(state, file),
  );
  const sum = children.reduce((bytes, { content }) => bytes + (content?.size ?? 0), 0);
  const body = html`<p class="soft">${children.length} entries, ${sizeInWords(sum)} · folder ID <code>${folder.id}</code></p>
<ul>${lines}</ul>`;
  exchange.answerPage(200, page(folder.name, body));
}

/** GET /file/d/ID/view: one file with its checksums. */
export function filePage(state: GoogleState, exchange: Exchange, id: string): void {
  const file = fileOrMissing(state, id);
  const properties = [...file.appProperties.values()].flatMap((map) => Object.entries(map));
  const rows: [string, string | undefined][] = [
    ['Size', file.content && `${sizeInWords(file.content.size)} (${file.content.size} bytes)`],
    ['Type', file.mimeType],
    ['Created', time(file.createdTime)],
    ['Changed', time(file.modifiedTime)],
    ['MD5', file.content?.md5],
    ['SHA-256', file.content?.sha256],
    ['ID', file.id],
    ...properties.map(([key, value]): [string, string] => [key, value]),
  ];
  const parent = file.parent === undefined ? undefined : state.drive.files.get(file.parent);
  const body = html`<p>${fileBadge(state, file)}
${parent && html`<a href="/drive/folders/${parent.id}">in ${parent.name}</a>`}</p>
<dl>${rows.map(([name, value]) => value && html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<p><a class="button" href="/file/d/${file.id}/download">Download</a></p>`;
  exchange.answerPage(200, page(file.name, body));
}

/** GET /file/d/ID/download: the content, saved under the file's name. */
export function downloadPage(state: GoogleState, exchange: Exchange, id: string): Promise<void> {
  const file = fileOrMissing(state, id);
  // RFC 8187, so that every name comes through.
  const name = encodeURIComponent(file.name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  const headers = {
    'Content-Disposition': `attachment; filename*=UTF-8''${name}`,
    'X-Content-Type-Options': 'nosniff',
  };
  return sendContent(exchange, file, undefined, headers);
}

function fileOrMissing(state: GoogleState, id: string): StoredFile {
  const file = state.drive.files.get(id);
  if (!file?.content) throw missing('This file does not exist, or was deleted for ever.');
  return file;
}

function folderLine(state: GoogleState, folder: StoredFile): Html {
  const count = state.drive.children(folder.id).length;
  return html`<li class="${state.drive.trashed(folder) ? 'trashed' : ''}">
<span class="name">📁 <a href="/drive/folders/${folder.id}">${folder.name}</a> ${fileBadge(state, folder)}</span>
<span class="facts">${count} ${count === 1 ? 'entry' : 'entries'}</span></li>`;
}

function fileLine(state: GoogleState, file: StoredFile): Html {
  if (file.spreadsheet) {
    return html`<li class="${state.drive.trashed(file) ? 'trashed' : ''}">
<span class="name"><a href="/spreadsheets/d/${file.id}/edit">${file.name}</a> ${fileBadge(state, file)}</span>
<span class="facts">spreadsheet · ${file.spreadsheet.sheets.length} tabs · ${time(file.modifiedTime)}</span></li>`;
  }
  return html`<li class="${state.drive.trashed(file) ? 'trashed' : ''}">
<span class="name"><a href="/file/d/${file.id}/view">${file.name}</a> ${fileBadge(state, file)}</span>
<span class="facts">${sizeInWords(file.content?.size ?? 0)} · ${time(file.createdTime)} ·
<code title="SHA-256 ${file.content?.sha256}">${file.content?.sha256.slice(0, 12)}…</code> ·
<a href="/file/d/${file.id}/download">download</a></span></li>`;
}

/** That a file is in the bin. */
export function fileBadge(state: GoogleState, file: StoredFile): Html | undefined {
  return state.drive.trashed(file) ? html`<span class="badge">in the bin</span>` : undefined;
}

function time(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** 404, as a page. */
export function missing(sentence: string): HttpError {
  const body = page('Not found', html`<p>${sentence}</p>`);
  return new HttpError(404, body, { 'Content-Type': 'text/html; charset=utf-8' });
}
