import { FileFaults } from "../access/file_fault.ts";
import { StoredResourceUnreadable } from "../access/restore.ts";
import { exitCode } from "../cli/exit_code.ts";
import { OperatorTokenUnusable } from "../http/operator.ts";
import type { Logger } from "../observe/log.ts";
import { StoreLocked, StoreUnusable } from "../store/store_error.ts";
import { CertificateUnusable } from "../transport/certificates.ts";

/** What the store gives back cannot be taken up. */
export class RecoveryFailed extends Error {
  override readonly name = "RecoveryFailed";
}

/** An address cannot be listened on. */
export class AddressUnavailable extends Error {
  override readonly name = "AddressUnavailable";
}

/** A file with a secret, or with CAs, cannot be used. */
export class SecretUnreadable extends Error {
  override readonly name = "SecretUnreadable";
}

/** The resource file cannot be applied. */
export class ResourceFileUnusable extends Error {
  override readonly name = "ResourceFileUnusable";

  constructor(readonly faults: FileFaults) {
    super(String(faults));
  }
}

/**
 * Tells why the broker does not start.
 *
 * @returns the code to exit with
 * @throws `error` if it is none of those that whoever starts the broker can do something about
 */
export function refuseStart(error: unknown, log: Logger): number {
  if (error instanceof ResourceFileUnusable) return refuseFile(error, log);
  const code = codeOf(error);
  if (code === undefined || !(error instanceof Error)) throw error;
  log.error(error.message);
  return code;
}

function codeOf(error: unknown): number | undefined {
  if (error instanceof StoreLocked || error instanceof AddressUnavailable) return exitCode.unavailable;
  const ofConfig = error instanceof CertificateUnusable || error instanceof OperatorTokenUnusable ||
    error instanceof SecretUnreadable;
  if (ofConfig) return exitCode.config;
  const ofStore = error instanceof StoreUnusable || error instanceof RecoveryFailed ||
    error instanceof StoredResourceUnreadable;
  return ofStore ? exitCode.store : undefined;
}

function refuseFile({ faults: { faults } }: ResourceFileUnusable, log: Logger): number {
  for (const { file, document, path, text } of faults) {
    log.error("the resource file cannot be applied", { file, document, path, fault: text });
  }
  return exitCode.config;
}
