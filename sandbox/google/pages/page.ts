import { Html, html } from './html.ts';

const style = `
:root { color-scheme: light dark; --line: #8883; --soft: #888; --accent: #1a73e8; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
nav { color: var(--soft); font-size: .9rem; margin-bottom: 1rem; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
ul { list-style: none; padding: 0; margin: 0; border-top: 1px solid var(--line); }
li { border-bottom: 1px solid var(--line); padding: .6rem 0; display: flex; flex-wrap: wrap; gap: .1rem 1rem; }
li .name { flex: 1 1 18rem; overflow-wrap: anywhere; font-weight: 500; }
li .facts, .soft { color: var(--soft); font-size: .9rem; }
.trashed .name a { text-decoration: line-through; }
.badge { background: #c5221f; color: #fff; border-radius: .3rem; padding: 0 .4rem; font-size: .75rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem; } dd { margin: 0; overflow-wrap: anywhere; }
dt { color: var(--soft); } code { font-size: .85em; overflow-wrap: anywhere; }
button, .button { font: inherit; border: 0; border-radius: 1.2rem; padding: .5rem 1.2rem; background: var(--accent);
  color: #fff; cursor: pointer; display: inline-block; } button.plain { background: none; color: var(--accent); }
table { border-collapse: collapse; } td, th { border: 1px solid var(--line); padding: .1rem .5rem; white-space: pre;
  max-width: 24rem; overflow: hidden; text-overflow: ellipsis; } td.number { text-align: right; }
th { color: var(--soft); font-weight: 400; } .wide { overflow-x: auto; margin-top: 1rem; }
form { margin: 1rem 0; } label { display: block; padding: .5rem 0; } input[type=text] { font: inherit; padding: .5rem; }
`;

/** A whole page in the one look of the fake; says that it is no real Google page. */
export function page(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${new Html(style)}</style></head>
<body><nav><a href="/">Fake Google Drive</a> · a sandbox on this machine</nav><h1>${title}</h1>
${body}</body></html>
`.text;
}
