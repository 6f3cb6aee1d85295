import { SecretUnreadable } from "./start_fault.ts";

/**
 * What a file holds that the configuration names for a key, without the line feed that editors put at its end.
 *
 * @throws {SecretUnreadable}
 */
export async function readSecret(
  key: string,
  path: string,
  readTextFile: (path: string) => Promise<string>,
): Promise<string> {
  const text = await orUnreadable(key, path, () => readTextFile(path));
  const secret = text.trimEnd();
  if (/^[\x21-\x7e]{1,16384}$/.test(secret)) return secret;
  throw new SecretUnreadable(
    `Cannot use the file ${path} for ${key}: use one line of visible ASCII characters`,
  );
}

/** Blames the file that a key of the configuration names for what fails with it. */
export async function orUnreadable<T>(key: string, path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SecretUnreadable(`Cannot use the file ${path} for ${key}: ${reason}`, { cause });
  }
}
