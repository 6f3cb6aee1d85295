/** A TLS listener for `descriptors.test.ts`, to be run with few descriptors. Says its port, then each warning. */

import { AcceptWatch } from "../../src/http/accept_watch.ts";
import { Certificates } from "../../src/transport/certificates.ts";
import { HandshakeGuard } from "../../src/transport/tls/handshake_guard.ts";
import { listenTls } from "../../src/transport/tls/listen.ts";
import { TlsSecurity } from "../../src/transport/tls/security.ts";

const [certificate = "", key = ""] = Deno.args;
const onWarning = (message: string): void => console.log(message);
const certificates = await Certificates.load({ certificate, key }, { onWarning });
const listener = await listenTls({
  host: "127.0.0.1",
  port: 0,
  accept: () => undefined,
  security: new TlsSecurity(certificates, { guard: new HandshakeGuard() }),
  keepAccepting: (server, at) => new AcceptWatch(server, { ...at, periodMilliseconds: 50 }),
  onWarning,
});
console.log(`port ${listener.port}`);
