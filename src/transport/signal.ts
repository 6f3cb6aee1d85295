/** Resolves with the first of the signals that ask a process to stop. Later ones are left to the system. */
export function stopSignal(): Promise<"SIGINT" | "SIGTERM"> {
  const { promise, resolve } = Promise.withResolvers<"SIGINT" | "SIGTERM">();
  function onInterrupt(): void {
    done("SIGINT");
  }
  function onTerminate(): void {
    done("SIGTERM");
  }
  function done(signal: "SIGINT" | "SIGTERM"): void {
    Deno.removeSignalListener("SIGINT", onInterrupt);
    Deno.removeSignalListener("SIGTERM", onTerminate);
    resolve(signal);
  }
  Deno.addSignalListener("SIGINT", onInterrupt);
  Deno.addSignalListener("SIGTERM", onTerminate);
  return promise;
}

/** Calls `listener` at each SIGHUP, which otherwise ends a process; until what is returned is called. */
export function onHangup(listener: () => void): () => void {
  // The one system without it.
  if (Deno.build.os === "windows") return () => {};
  Deno.addSignalListener("SIGHUP", listener);
  return () => Deno.removeSignalListener("SIGHUP", listener);
}
