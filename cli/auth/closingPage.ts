/** A small page for the browser that ends the login there. Both texts are ours, none is from the request. */
export function closingPage(title: string, text: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 20vh auto 0; padding: 0 1.5rem; }
</style>
<h1>${title}</h1>
<p>${text}</p>
</html>
`;
}
