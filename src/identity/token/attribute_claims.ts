import { areShort, type Attributes, isAttributeKey, isAttributeValue } from "../attributes.ts";
import { TokenFault } from "./fault.ts";

/** What a token says of itself, and not of whom it is for. */
const RESERVED: ReadonlySet<string> = new Set(["iss", "sub", "aud", "exp", "nbf", "iat", "jti"]);

/**
 * The attributes that a token gives its client: integers of 32 bits, texts and lists of texts. Claims of other types,
 * and such as no query can name, are passed over. event-grid: specification §3.4.
 *
 * @throws {TokenFault} if they are longer than those of a registered client may be
 */
export function attributesOf(claims: Readonly<Record<string, unknown>>): Attributes {
  const attributes = Object.fromEntries(Object.entries(claims).filter(isAttribute));
  if (!areShort(attributes)) throw new TokenFault("claim", "the token's claims make too many attributes");
  return attributes;
}

function isAttribute(claim: [key: string, value: unknown]): claim is [string, Attributes[string]] {
  const [key, value] = claim;
  return !RESERVED.has(key) && isAttributeKey(key) && isAttributeValue(value);
}
