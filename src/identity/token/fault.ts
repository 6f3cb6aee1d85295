/** Why a token is not accepted. Stable, for logs and tests. */
export type TokenFaultCode =
  | "malformed"
  | "too-large"
  | "header"
  | "algorithm"
  | "key-unknown"
  | "key"
  | "signature"
  | "issuer"
  | "audience"
  | "expired"
  | "not-yet-valid"
  | "claim";

/** A token that is not accepted; whoever presented it is at fault. */
export class TokenFault extends Error {
  override readonly name = "TokenFault";

  /**
   * @param message what is wrong, beginning with what it is wrong of: `the token is …`; whoever brings a token over HTTP
   * is told it
   */
  constructor(readonly code: TokenFaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** The keys of an issuer could not be had; the token may be good. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
}
