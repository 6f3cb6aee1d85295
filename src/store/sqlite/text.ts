const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The text of bytes that a client sent as UTF-8, which the engine has checked. U+FEFF stays, so no two texts become
 * one (v5 [MQTT-1.5.4-3]).
 */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
