import { escapeHTML } from '../../runner/notifiers/htmlPart.ts';
import type { ReceivedMail } from './receivedMail.ts';

/** The page with all mails, the newest first. */
export function listPage(mails: ReceivedMail[]): string {
  const rows = mails.toReversed().map(
    (mail) => `<tr><td><a href="/mail/${mail.number}">${escapeHTML(mail.subject || '(no subject)')}</a></td>
      <td>${escapeHTML(mail.from)}</td><td>${escapeHTML(mail.envelope.to.join(', '))}</td><td>${time(mail)}</td></tr>`,
  );
  const table = `<table><thead><tr><th>Subject<th>From<th>To<th>Received (UTC)</thead><tbody>${rows.join('\n')}</tbody></table>`;
  return page(
    'Inbox',
    rows.length ? table : '<p>No mail yet.</p>',
    '<meta http-equiv="refresh" content="5">',
  );
}

/** The page of one mail: its HTML part in a frame without rights, its text, headers and bytes. */
export function mailPage(mail: ReceivedMail): string {
  const headers = Object.entries(mail.headers).map(
    ([name, value]) => `<tr><th>${escapeHTML(name)}</th><td>${escapeHTML(value)}</td></tr>`,
  );
  return page(
    mail.subject || '(no subject)',
    `<p><a href="/">← Inbox</a> · ${escapeHTML(mail.from)} → ${escapeHTML(mail.envelope.to.join(', '))} · ${time(mail)} UTC
      · ${mail.secure ? 'TLS' : 'no TLS'}${mail.user === undefined ? '' : ` · logged in as ${escapeHTML(mail.user)}`}</p>
    ${mail.html ? `<iframe title="HTML part" sandbox="allow-popups allow-popups-to-escape-sandbox" src="/mail/${mail.number}/html"></iframe>` : ''}
    <h2>Text</h2><pre>${escapeHTML(mail.text)}</pre>
    <details><summary>Headers</summary><table>${headers.join('')}</table></details>
    <details><summary>Raw · <a href="/mail/${mail.number}/raw">as a file</a></summary><pre>${escapeHTML(decoded(mail.raw))}</pre></details>`,
  );
}

/** The HTML part as it came, but that its links open in a new tab. */
export function htmlPart({ html }: ReceivedMail): string {
  const base = '<base target="_blank">';
  return /<head[^>]*>/i.test(html) ? html.replace(/<head[^>]*>/i, `$&${base}`) : `${base}${html}`;
}

function page(title: string, body: string, head = ''): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${head}
<title>${escapeHTML(title)}</title>
<style>
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
  body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.3rem; } h2 { font-size: 1rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; vertical-align: top; padding: .35rem .7rem .35rem 0; border-bottom: 1px solid #8884; overflow-wrap: break-word; }
  iframe { width: 100%; height: 70vh; border: 1px solid #8884; background: #fff; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #8881; padding: .8rem; }
  summary { cursor: pointer; margin: .8rem 0; }
</style></head><body><h1>${escapeHTML(title)}</h1>
${body}
</body></html>`;
}

function time({ receivedAt }: ReceivedMail): string {
  return receivedAt.toISOString().slice(0, 19).replace('T', ' ');
}

function decoded(raw: string): string {
  return Buffer.from(raw, 'latin1').toString('utf8');
}
