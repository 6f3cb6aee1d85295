/** What a caller asks of the version that is there before it is changed. RFC 9110 §13.1. */
export interface Preconditions {
  /** If-Match: one of these versions, or any. Tags as in `Resource.etag`, without quotes. */
  readonly ifMatch?: readonly string[] | "*" | undefined;
  /** If-None-Match: none of these versions, or none at all. */
  readonly ifNoneMatch?: readonly string[] | "*" | undefined;
}

/** What would be right if the version that is there is not the one asked for; `undefined` if it is. */
export function unmet({ ifMatch, ifNoneMatch }: Preconditions, etag: string | undefined): string | undefined {
  if (ifMatch !== undefined && !isOneOf(ifMatch, etag)) {
    return etag === undefined ? "there is none to match" : `If-Match with ${etag}, the present version`;
  }
  if (ifNoneMatch !== undefined && isOneOf(ifNoneMatch, etag)) {
    return "another name, or no If-None-Match: it exists already";
  }
  return undefined;
}

function isOneOf(tags: readonly string[] | "*", etag: string | undefined): boolean {
  return etag !== undefined && (tags === "*" || tags.includes(etag));
}
