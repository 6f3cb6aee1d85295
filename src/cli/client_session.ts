import type { MqttClient } from "mqtt";
import type { Connection } from "./client_flags.ts";
import { exitCode } from "./exit_code.ts";
import { UsageError } from "./usage_error.ts";

/** What a client does between CONNACK and DISCONNECT; it returns the code to exit with. */
export type Dialogue = (client: MqttClient) => Promise<number>;

/**
 * Connects, talks and disconnects. What goes wrong is told on `stderr`.
 *
 * @returns the code to exit with: a refusal's reason code, as mosquitto's clients do
 */
export async function withClient(
  { url, options }: Connection,
  stderr: (line: string) => void,
  dialogue: Dialogue,
): Promise<number> {
  // Loaded here, so that a broker that serves does not carry a client.
  const { connectAsync } = await import("mqtt");
  try {
    const client = await connectAsync(url, options, false);
    try {
      return await Promise.race([dialogue(client), lost(client)]);
    } finally {
      await client.endAsync(!client.connected);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { message, code } = failure(error);
    stderr(`Cannot talk to the broker at ${url}: ${message}`);
    return code;
  }
}

/** Rejects when the connection ends before the dialogue does. */
function lost(client: MqttClient): Promise<never> {
  return new Promise((_, reject) => {
    client.on("error", reject);
    client.on("disconnect", ({ reasonCode = 0 }) => reject(new Refusal("it disconnected", reasonCode)));
    client.on("close", () => reject(new Error("the connection was closed")));
  });
}

class Refusal extends Error {
  constructor(message: string, readonly code: number) {
    super(`${message} (reason 0x${code.toString(16).padStart(2, "0")})`);
  }
}

/** Errors of the library have a number as their code where the broker gave a reason; of the system, a word. */
function failure(error: unknown): { message: string; code: number } {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const message = error instanceof Error && error.message !== "" ? error.message : String(code ?? error);
  return { message, code: typeof code === "number" && code > 0 ? code : exitCode.failed };
}
