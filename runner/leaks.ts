/** Texts by where they come from: a log, a report, a mail. */
export type Texts = Readonly<Record<string, string>>;

/** What is a secret by its look, whoever made it: Google's tokens, client secrets and upload sessions, identities of age. */
const looks: [name: string, look: RegExp][] = [
  ['an access token', /ya29\.[\w-]{10,}/],
  ['a refresh token', /1\/\/0[\w-]{10,}/],
  ['a client secret', /GOCSPX-[\w-]{10,}/],
  ['an identity of age', /AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{20,}/i],
  ['an upload session', /upload_id=[\w-]+/],
];

/**
 * Where secrets stand in the texts, one line for each; for tests. The texts are decoded (JSON, URL, HTML,
 * quoted-printable, base64 at any place) rather than the secrets encoded, so this shares nothing with the redactor.
 */
export function leaks(texts: Texts, secrets: Readonly<Record<string, string>>): string[] {
  const found: string[] = [];
  for (const [source, text] of Object.entries(texts)) {
    for (const [form, decoded] of Object.entries(decodings(text))) {
      for (const [name, secret] of Object.entries(secrets)) {
        if (secret.length < 4) throw new Error(`The secret ${name} is too short to be searched for.`);
        if (decoded.includes(secret)) found.push(`${name} in ${source} (${form})`);
      }
      for (const [name, look] of looks) if (look.test(decoded)) found.push(`${name} in ${source} (${form})`);
    }
  }
  return found;
}

function decodings(text: string): Record<string, string> {
  const unfolded = text.replace(/=\r?\n/g, '');
  return {
    'as it is': text,
    'JSON-escaped': unescapedJSON(text),
    'JSON-escaped twice': unescapedJSON(unescapedJSON(text)),
    'URL-escaped': bytesFrom(text.replaceAll('+', ' '), /(?:%[0-9a-fA-F]{2})+/g, '%'),
    'quoted-printable': bytesFrom(unfolded, /(?:=[0-9a-fA-F]{2})+/g, '='),
    'HTML-escaped': text.replace(/&(amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity),
    base64: base64Texts(text.replace(/\r?\n/g, '')),
  };
}

const entities: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};
const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

function unescapedJSON(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code?: string, character: string = '') =>
    code === undefined ? (escapes[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function bytesFrom(text: string, runs: RegExp, mark: string): string {
  return text.replace(runs, (run) => String(Buffer.from(run.replaceAll(mark, ''), 'hex')));
}

// A run may begin anywhere within a group of four.
function base64Texts(text: string): string {
  const runs = text.match(/[A-Za-z0-9+/_-]{6,}/g) ?? [];
  return runs
    .flatMap((run) => [0, 1, 2, 3].map((start) => String(Buffer.from(run.slice(start), 'base64'))))
    .join('\n');
}
