/** Which web pages may use a browser's certificate to open MQTT over WebSocket. */
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { WebSocket } from "ws";
import { type Made, makeAuthority, makeClient } from "../../identity/certificates.ts";
import { credentialsOf, useGovernedBroker } from "./governed.ts";

const SWITCHING_PROTOCOLS = 101;
const FORBIDDEN = 403;

describe("a WebSocket upgrade with a client certificate", () => {
  const broker = useGovernedBroker({ environment: { HELIOGRAPH_ALLOWED_ORIGINS: "console.example.com" } });

  /** The status that a page of this origin gets; a program has none. */
  function upgraded(origin: string | undefined, certificate: Made | undefined): Promise<number> {
    const socket = new WebSocket(`wss://${broker.address("https")}/mqtt`, ["mqtt"], {
      rejectUnauthorized: false,
      ...origin === undefined ? {} : { origin },
      ...credentialsOf(certificate),
    });
    return new Promise((resolve, reject) => {
      socket.once("open", () => {
        socket.terminate();
        resolve(SWITCHING_PROTOCOLS);
      });
      socket.once("unexpected-response", (request, { statusCode }) => {
        request.destroy();
        resolve(statusCode ?? 0);
      });
      socket.once("error", reject);
    });
  }

  const browser = () => makeClient(broker.root, { subject: "browser" });

  it("is refused to pages of other sites, whoever has issued the certificate", async () => {
    const foreign = ["https://evil.example", "null", `http://${broker.address("https")}`];
    for (const origin of [...foreign, "https://127.0.0.1", "http://localhost:5173"]) {
      assert.equal(await upgraded(origin, browser()), FORBIDDEN, origin);
    }
    const stranger = makeClient(makeAuthority(), { subject: "browser" });
    assert.equal(await upgraded("https://evil.example", stranger), FORBIDDEN);
  });

  it("is for pages of the listener itself, those of the allowed origins, and programs", async () => {
    const own = `https://${broker.address("https")}`;
    for (const origin of [own, own.toUpperCase(), "https://console.example.com", undefined]) {
      assert.equal(await upgraded(origin, browser()), SWITCHING_PROTOCOLS, `${origin}`);
    }
  });

  it("is not asked for its origin without a certificate: a page has to know a password", async () => {
    assert.equal(await upgraded("https://evil.example", undefined), SWITCHING_PROTOCOLS);
  });
});
