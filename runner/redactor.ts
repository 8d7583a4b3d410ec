/** Takes known secrets out of texts: the last guard, since no message should hold one in the first place. */
export interface Redactor {
  /** Makes a value known. Values of fewer than four characters are too common to be searched for. */
  add(secret: string | undefined): void;
  /** The text with every known secret, also base64, URL- or JSON-escaped, replaced. */
  redact(text: string): string;
}

const replacement = '[secret]';

export function redactor(): Redactor {
  const forms = new Set<string>();
  return {
    add(secret) {
      if (secret === undefined || secret.length < 4) return;
      for (const form of formsOf(secret)) forms.add(form);
    },
    redact(text) {
      let result = text;
      for (const form of forms) result = result.replaceAll(form, replacement);
      return result;
    },
  };
}

/** The forms in which a secret travels. The longest first, so that no part of one is left. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const forms = [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ];
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}
