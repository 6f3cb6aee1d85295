import { type Identification, type Identity, notAuthorized, unavailable } from "../identifier.ts";
import { KeysUnavailable, TokenFault } from "./fault.ts";

/** What came of looking at a token: a bad one is refused, and one that cannot be checked may come again. */
export async function judged(look: () => Promise<Identity>): Promise<Identification> {
  try {
    return { identified: true, identity: await look() };
  } catch (error) {
    if (error instanceof TokenFault) return notAuthorized(error.message);
    return unavailable(error instanceof KeysUnavailable ? error.message : "the token could not be checked");
  }
}
