/** What the person does on the consent page. */
export interface Decision {
  /** Presses Cancel instead of Continue. */
  deny?: boolean;
  /** Scopes whose box is unticked first, by their full or short name. */
  untick?: readonly string[];
}

/**
 * Acts as the person in front of the consent page: reads its form, unticks boxes, presses a button. Resolves to the
 * address that the browser is then sent to (the app's loopback redirect); fetch it to finish the login.
 */
export async function consentInBrowser(authorizationURL: string, decision: Decision = {}): Promise<string> {
  const answer = await pressButton(authorizationURL, authorizationURL, decision);
  const location = answer.headers.get('location');
  if (location === null)
    throw new Error(`The consent page sent nobody back: ${answer.status} ${await answer.text()}`);
  return location;
}

/** The same on the page for devices; `verificationURL` as the device was told. */
export async function consentOnDevicePage(
  verificationURL: string,
  userCode: string,
  decision: Decision = {},
): Promise<void> {
  const shown = new URL(verificationURL);
  shown.searchParams.set('user_code', userCode);
  const answer = await pressButton(shown.href, verificationURL, decision, { user_code: userCode });
  if (!answer.ok) throw new Error(`The device page refused: ${answer.status} ${await answer.text()}`);
}

async function pressButton(
  page: string,
  target: string,
  decision: Decision,
  hidden: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const shown = await fetch(page);
  const text = await shown.text();
  if (!shown.ok) throw new Error(`The page answered ${shown.status}: ${text.replace(/<[^>]*>/g, ' ')}`);
  const boxes = [...text.matchAll(/name="granted" value="([^"]+)" checked/g)].map((found) => found[1] ?? '');
  const unticked = (scope: string) =>
    decision.untick?.some((one) => scope === one || scope.endsWith(`/auth/${one}`)) ?? false;
  const body = new URLSearchParams({ ...hidden, decision: decision.deny ? 'deny' : 'allow' });
  for (const scope of boxes) if (!unticked(scope)) body.append('granted', scope);
  return fetch(target, { method: 'POST', body, redirect: 'manual' });
}
