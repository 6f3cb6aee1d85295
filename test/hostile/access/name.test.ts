/** Names that look like a client's, or are written as it is not. */

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { bytes, connack, connect, fresh } from "../../dialogue/mod.ts";
import { makeClient } from "../../identity/certificates.ts";
import { useAccessBroker } from "./access_broker.ts";
import { approaching } from "./dialers.ts";

/** Session Expiry Interval of a session that outlives its connection. */
const PERSISTENT = { sessionExpiryInterval: 600 };
const TAKEN_OVER = 0x8e;
const MALFORMED = 0x81;

describe("hostile: names", () => {
  const { broker } = useAccessBroker();

  /** A client whose name has letters that many others look like. */
  async function victim() {
    const resource = fresh("kelvin");
    const name = `Kélvin-ski-${resource}`;
    await broker.register(resource, { authenticationName: name });
    return { resource, name, dialer: approaching({ chain: [makeClient(broker.root, { subject: name })] }) };
  }

  /** What a reader may take for `name`, and what some folding or normalizing may make of it. */
  function lookalikes(name: string): string[] {
    return [
      name.normalize("NFD"),
      name.replace("e", "\u0435").replace("i", "\u0456"),
      name.replace("k", "\uff4b"),
      `${name} `,
      ` ${name}`,
      `${name}\u200b`,
      `\u202e${name}`,
      name.replace("é", "e"),
      name.replace("l", "I"),
      `${name}/`,
      `${name}+`,
      encodeURIComponent(name),
    ].filter((one) => one !== name);
  }

  it("that look like a client's are others'", async () => {
    const { name, dialer } = await victim();
    for (const userName of lookalikes(name)) {
      await broker.refusal(dialer, { userName });
      const alike = makeClient(broker.root, { subject: userName });
      assert.match(
        await broker.refusal(approaching({ chain: [alike] }), { userName: name }),
        /does not carry/,
        JSON.stringify(userName),
      );
    }
    await (await broker.admits(dialer, { userName: name })).pings();
  });

  it("that differ in case alone are the same, and cannot be registered twice", async () => {
    const { resource, name, dialer } = await victim();
    const clientId = fresh("session");
    const first = await broker.admits(dialer, { userName: name, clientId });
    const second = await broker.admits(dialer, { userName: name.toUpperCase(), clientId });
    await first.isDisconnected(TAKEN_OVER);
    await second.pings();
    // The long s and the dotless i are an S and an I in capitals, the Kelvin sign is a k in small letters.
    const folded = [
      name.toLowerCase(),
      name.toUpperCase(),
      name.replace("s", "\u017f"),
      name.replace("i", "\u0131"),
      name.replace("K", "\u212a"),
    ];
    for (const authenticationName of folded) {
      const properties = {
        authenticationName,
        clientCertificateAuthentication: { validationScheme: "SubjectMatchesAuthenticationName" },
      };
      const { status } = await broker.request("PUT", `/v1/clients/${resource}-again`, { properties });
      assert.equal(status, 409, authenticationName);
    }
  });

  it("that differ in case by Unicode alone are no way past a certificate", async () => {
    const { name } = await victim();
    for (const subject of [name.replace("s", "\u017f"), name.replace("K", "\u212a")]) {
      const alike = approaching({ chain: [makeClient(broker.root, { subject })] });
      assert.match(await broker.refusal(alike, { userName: name }), /does not carry/);
      assert.match(await broker.refusal(alike, { userName: subject }), /does not carry/);
    }
  });

  it("with U+0000, or half a character, are malformed", async () => {
    const { name, dialer } = await victim();
    const user = Array.from(new TextEncoder().encode(name), hexOf).join("");
    for (const trick of ["00", "eda080", "c080", "ff"]) {
      for (const field of [`"id" [${user} ${trick}]`, `[${user} ${trick}] [${user}]`]) {
        const client = await broker.dials(dialer);
        client.sendsBytes(bytes(`10 ["MQTT" 05 82 003c [] ${field.replaceAll("[", "00 [")}]`));
        const { reason } = await client.hears("connack");
        assert.equal(reason, MALFORMED, field);
        await client.isClosed();
      }
    }
  });

  it("with U+0000, or half a character, cannot be registered", async () => {
    for (const authenticationName of ["victim\0", "\0", "victim\ud800", "", "x".repeat(129)]) {
      const properties = {
        authenticationName,
        clientCertificateAuthentication: { validationScheme: "SubjectMatchesAuthenticationName" },
      };
      assert.equal((await broker.request("PUT", "/v1/clients/tricky", { properties })).status, 400);
    }
    for (const name of ["a%00b", "%ff", "a%2fb", "..", "%2e%2e", "a%20b", "a%0ab"]) {
      const properties = {
        clientCertificateAuthentication: { validationScheme: "SubjectMatchesAuthenticationName" },
      };
      const { status } = await broker.request("PUT", `/v1/clients/${name}`, { properties });
      assert.ok(status >= 400 && status < 500, `${name}: ${status}`);
    }
  });

  it("that hold a line of the log are one value of one line", async () => {
    const { dialer } = await victim();
    const clientId = `${fresh("log")}" event=connect_refused clientId=forged reason="let in"\u202e\u2028`;
    await broker.refusal(dialer, { userName: "nobody", clientId });
    assert.deepEqual(broker.log.all((line) => line.clientId === "forged"), []);
  });

  it("with control characters are malformed", async () => {
    const { dialer } = await victim();
    for (const control of ["\n", "\r", "\x1b", "\x7f", "\x9b"]) {
      const client = await broker.dials(dialer);
      client.sends(connect({ clientId: `x${control}y`, userName: "nobody" }));
      await client.receives(connack({ reason: MALFORMED }));
      await client.isClosed();
    }
  });

  describe("of sessions", () => {
    it("that belong to another are refused, online and offline, and with a clean start too", async () => {
      const [owner, thief] = [await victim(), await victim()];
      const clientId = fresh("owned");
      const first = await broker.admits(owner.dialer, {
        userName: owner.name,
        clientId,
        properties: PERSISTENT,
      });
      await assertRefusesThief();
      await first.pings();
      await first.leaves();
      await assertRefusesThief();
      const again = await broker.admits(owner.dialer, {
        userName: owner.name,
        clientId,
        cleanStart: false,
        sessionPresent: true,
      });
      await again.pings();

      async function assertRefusesThief(): Promise<void> {
        for (const cleanStart of [true, false]) {
          for (const version of [4, 5] as const) {
            const options = { userName: thief.name, clientId, cleanStart, version };
            assert.match(await broker.refusal(thief.dialer, options), /belongs to another/);
          }
        }
      }
    });

    it("stay their owner's after it is deleted", async () => {
      const [owner, thief] = [await victim(), await victim()];
      const clientId = fresh("owned");
      const options = { userName: owner.name, clientId, properties: PERSISTENT };
      const client = await broker.admits(owner.dialer, options);
      await broker.deletes(`clients/${owner.resource}`);
      await client.isDisconnected(0x87);
      assert.match(
        await broker.refusal(thief.dialer, { userName: thief.name, clientId }),
        /belongs to another/,
      );
    });

    it("that look like another's are others", async () => {
      const { name, dialer } = await victim();
      const clientId = fresh("Sessión");
      const one = await broker.admits(dialer, { userName: name, clientId, properties: PERSISTENT });
      for (const other of [clientId.normalize("NFD"), clientId.toLowerCase(), `${clientId}\u200b`]) {
        await (await broker.admits(dialer, { userName: name, clientId: other })).pings();
      }
      await one.pings();
    });
  });
});

function hexOf(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
