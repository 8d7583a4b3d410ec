/** The fields of a JSON object; none if the body is anything else, such as the page of a proxy. */
export function jsonObject(body: Uint8Array): Record<string, unknown> {
  try {
    return { ...JSON.parse(new TextDecoder().decode(body)) };
  } catch {
    return {};
  }
}
