/** CONNECT packets with everything that a CONNECT can have, as large as it can be. */

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type Client, connack, connect, encode, forEach, fresh, withinSeconds } from "../../dialogue/mod.ts";
import type { ConnectOptions } from "../../dialogue/build.ts";
import { makeClient } from "../../identity/certificates.ts";
import { useAccessBroker } from "./access_broker.ts";
import { approaching } from "./dialers.ts";

const UINT16 = 65_535;
/** `limits.connectPacketBytesMax` of the broker. */
const CONNECT_BYTES_MAX = 524_288;
/** `limits.userPropertyBytesMax`, less the 5 bytes in which each property is framed. */
const WILL_PROPERTY_BYTES = 65_000;
const TIMEOUT_SECONDS = 6;
const RESIDENT_BYTES_MAX = 600_000_000;

describe("hostile: a CONNECT with everything at its maximum", () => {
  const { broker, neighbour } = useAccessBroker({ limits: { connectTimeoutSeconds: TIMEOUT_SECONDS } });

  /** Every field that there is, each of its greatest length, and user properties up to the packet's maximum. */
  function everything(options: ConnectOptions = {}): ConnectOptions {
    const text = "x".repeat(UINT16);
    const largest = {
      clientId: `${fresh("")}${text}`.slice(0, UINT16),
      userName: text,
      password: text,
      keepAliveSeconds: UINT16,
      will: {
        topic: text,
        payload: text,
        properties: {
          willDelayInterval: 0xffff_ffff,
          messageExpiryInterval: 0xffff_ffff,
          contentType: "c".repeat(100),
          responseTopic: "r".repeat(100),
          correlationData: "d".repeat(100),
          userProperties: [["k", "v".repeat(WILL_PROPERTY_BYTES)]] as [string, string][],
        },
      },
      properties: {
        sessionExpiryInterval: 0xffff_ffff,
        receiveMaximum: UINT16,
        maximumPacketSize: 0xffff_ffff,
        topicAliasMaximum: UINT16,
        requestResponseInformation: 1,
        requestProblemInformation: 1,
        userProperties: [] as [string, string][],
      },
      ...options,
    };
    const left = CONNECT_BYTES_MAX - encode(connect(largest), 5).length;
    largest.properties.userProperties = paddingOf(left);
    return largest;
  }

  /** User properties of so many bytes, the properties' length of the packet not counted. */
  function paddingOf(bytes: number): [string, string][] {
    const padding: [string, string][] = [];
    // Three bytes more of the length of all properties, when they are many.
    for (let left = bytes - 3; left > 5; left -= UINT16 + 5) {
      padding.push(["", "p".repeat(Math.min(UINT16, left - 5))]);
    }
    return padding;
  }

  async function refusedOrClosed(client: Client): Promise<void> {
    const packet = await client.hearsAnything().catch(() => undefined);
    if (packet === undefined) return;
    assert.equal(packet.type, "connack");
    assert.ok(packet.type === "connack" && packet.reason >= 0x80);
    await client.isClosed();
  }

  it("of a stranger is refused", async () => {
    const options = everything();
    const { length } = encode(connect(options), 5);
    assert.ok(length > CONNECT_BYTES_MAX - 100 && length <= CONNECT_BYTES_MAX, `it has ${length} bytes`);
    const client = await broker.dials(approaching({}));
    client.sends(connect(options));
    await refusedOrClosed(client);
  });

  it("of two hundred strangers at once costs no more than is said, and others get in", async () => {
    const packets = Array.from({ length: 20 }, () => encode(connect(everything()), 5));
    await forEach(Array.from({ length: 200 }, (_, number) => number), async (number) => {
      const client = await broker.dials(approaching({}));
      client.sendsBytes(packets[number % packets.length] ?? new Uint8Array());
      await refusedOrClosed(client);
    });
    await neighbour.isServed();
    const bytes = await broker.residentBytes();
    assert.ok(bytes < RESIDENT_BYTES_MAX, `the broker holds ${bytes} bytes`);
  });

  it("that announces the maximum and stops there keeps nobody out", async () => {
    const head = encode(connect(everything()), 5).subarray(0, 400_000);
    const clients = await Promise.all(Array.from({ length: 200 }, () => broker.dials(approaching({}))));
    for (const client of clients) client.sendsBytes(head);
    await neighbour.isServed();
    const name = fresh("newcomer");
    await broker.register(name);
    const dialer = approaching({ chain: [makeClient(broker.root, { subject: name })] });
    const joining = broker.admits(dialer, { userName: name });
    await (await withinSeconds(TIMEOUT_SECONDS / 2, joining)).leaves();
    await forEach(clients, (client) => client.isClosedAfterAnything());
  });

  it("of one byte more is closed before it is read", async () => {
    const client = await broker.dials(approaching({}));
    client.sendsBytes("10 818020");
    await client.isClosed();
  });

  it("of a client gets in, with its session's name at its longest", async () => {
    const name = fresh("large");
    await broker.register(name, { authenticationName: name });
    await broker.grants(name, { query: `authenticationName = '${name}'`, templates: ["#"] });
    const { will, ...rest } = everything({ userName: name });
    const client = await broker.dials(approaching({ chain: [makeClient(broker.root, { subject: name })] }));
    client.sends(connect({ ...rest, will: { ...will, topic: "w" } }));
    const { reason } = await client.hears("connack");
    assert.equal(reason, 0);
    await client.pings();
    const { status } = await broker.request("GET", "/v1/sessions");
    assert.equal(status, 200);
    client.cuts();
  });

  it("with names of the greatest length is cut in the log", async () => {
    const client = await broker.dials(approaching({}));
    client.sends(connect({ clientId: `log${"y".repeat(UINT16 - 3)}`, userName: "z".repeat(UINT16) }));
    await client.receives(connack({ reason: 0x87 }));
    await client.isClosed();
    const line = await broker.log.line((one) => String(one.clientId).startsWith("logyyy"));
    assert.ok(JSON.stringify(line).length < 5000);
  });
});
