import { join } from "node:path";
import { ChildProcess } from "./process.ts";
import type { Launched, Subject } from "./subject.ts";

/**
 * Mosquitto, to compare with: it writes its whole database after every round of its loop in which something changed,
 * which is as durable as it can be told to be. No limit of its own drops anything.
 */
export function mosquitto(data: string): Subject {
  return { name: "mosquitto (autosave_interval 1)", launch: () => launch(data) };
}

function configuration(port: number, data: string): string {
  return `
listener ${port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location ${data}/
autosave_on_changes true
autosave_interval 1
max_queued_messages 0
max_inflight_messages 1000
set_tcp_nodelay true
log_dest stderr
log_type error
log_type information
user root
`;
}

function launch(data: string): Launched {
  const port = freePort();
  const file = join(data, "mosquitto.conf");
  Deno.writeTextFileSync(file, configuration(port, data));
  const ready = Promise.withResolvers<string>();
  ready.promise.catch(() => {});
  const process = new ChildProcess({
    command: ["mosquitto", "-c", file],
    onLine: (line) => line.endsWith("running") && ready.resolve(`127.0.0.1:${port}`),
  });
  void process.gone.then(() => ready.reject(new Error(`mosquitto has ended:\n${process.log()}`)));
  return {
    ready: ready.promise,
    get hasEnded() {
      return process.hasEnded;
    },
    freeze: () => process.freeze(),
    thaw: () => process.thaw(),
    kill: () => process.kill(),
    log: () => process.log(),
  };
}

/** Free now, and most likely still when mosquitto asks for it: it cannot let the system choose. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
