/** What a PEM block may hold here. RFC 7468. */
export type PemLabel = "CERTIFICATE" | "X509 CRL";

/** Largest PEM text that is read; a chain of certificates is a few kilobytes. */
export const PEM_CHARACTERS_MAX = 262_144;

/**
 * The bytes of the one PEM block that `text` holds, `undefined` if it holds anything else.
 *
 * event-grid: specification §3.2. The samples strip all line feeds before they upload a certificate, so the text may
 * be a single line; white space between the two marks means nothing.
 */
export function decodePem(text: string, label: PemLabel): Uint8Array<ArrayBuffer> | undefined {
  const [begin, end] = [`-----BEGIN ${label}-----`, `-----END ${label}-----`];
  const trimmed = text.trim();
  if (trimmed.length > PEM_CHARACTERS_MAX || !trimmed.startsWith(begin) || !trimmed.endsWith(end)) {
    return undefined;
  }
  const inside = trimmed.slice(begin.length, -end.length).replaceAll(/\s+/g, "");
  return decodeBase64(inside);
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  const isBase64 = text.length > 0 && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
  return isBase64 ? Uint8Array.from(atob(text), (character) => character.charCodeAt(0)) : undefined;
}
