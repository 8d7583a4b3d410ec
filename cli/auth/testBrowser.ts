import assert from 'node:assert/strict';

/** What a person does on the consent page. */
export interface Decision {
  readonly decision?: 'allow' | 'deny';
  /** Whether the scope's box is unticked. */
  readonly untick?: boolean;
}

/** Opens the consent page at the address and decides on it, as a person in a browser; gives Google's answer to it. */
export async function decide(
  address: string,
  { decision = 'allow', untick = false }: Decision,
): Promise<Response> {
  const shown = await fetch(address);
  const page = await shown.text();
  assert.equal(shown.status, 200, page);
  const action = unescaped(/<form method="post" action="([^"]*)"/.exec(page)?.[1] ?? assert.fail(page));
  const form = new URLSearchParams({ decision });
  for (const [, type, name, value] of page.matchAll(/<input type="(\w+)" name="(\w+)" value="([^"]*)"/g)) {
    if (type === 'hidden' || !untick) form.append(name ?? '', unescaped(value ?? ''));
  }
  return fetch(new URL(action, address), { method: 'POST', body: form, redirect: 'manual' });
}

/** Decides on the consent page and goes where it sends the browser; gives the page at the end. */
export async function consent(
  address: string,
  decision: Decision = {},
): Promise<{ status: number; text: string }> {
  const back = await decide(address, decision);
  const end = await fetch(back.headers.get('location') ?? assert.fail(await back.text()));
  return { status: end.status, text: await end.text() };
}

function unescaped(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}
