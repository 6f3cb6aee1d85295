import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { type Given, heliograph, type Outcome } from "./world.ts";
import { connect, disconnect, type Packet, publish, type Script, scriptedBroker } from "./scripted_broker.ts";

const text = new TextDecoder("latin1");
const connackV3 = [0x20, 2, 0, 0];
const connackV5 = [0x20, 3, 0, 0, 0];

/** Accepts the client and acknowledges what asks for it. */
const accepting: Script = ({ type, flags, body }) => {
  if (type === connect) return body[6] === 5 ? connackV5 : connackV3;
  if (type === publish && (flags & 0x06) === 2) return [0x40, 2, ...packetIdentifier(body)];
  return [];
};

/** Behind the topic. */
function packetIdentifier(body: Uint8Array): number[] {
  const start = 2 + (body[1] ?? 0);
  return [...body.subarray(start, start + 2)];
}

async function pub(
  args: readonly string[],
  script: Script,
  given?: Given,
): Promise<Outcome & { packets: readonly Packet[] }> {
  using broker = scriptedBroker(script);
  const outcome = await heliograph(["pub", "-p", String(broker.port), ...args], given);
  return { ...outcome, packets: await broker.received };
}

function published(packets: readonly Packet[]): { topic: string; payload: string; flags: number }[] {
  return packets.filter(({ type }) => type === publish).map(({ body, flags }) => {
    const topicEnd = 2 + (body[1] ?? 0);
    const payloadStart = topicEnd + ((flags & 0x06) > 0 ? 2 : 0);
    return {
      topic: text.decode(body.subarray(2, topicEnd)),
      payload: text.decode(body.subarray(payloadStart)),
      flags,
    };
  });
}

describe("heliograph pub", () => {
  it("publishes a message and says goodbye", async () => {
    const { code, packets, stderr } = await pub(["-t", "a/b", "-m", "first light"], accepting);
    assert.equal(code, 0, stderr);
    assert.deepEqual(packets.map(({ type }) => type), [connect, publish, disconnect]);
    assert.deepEqual(published(packets), [{ topic: "a/b", payload: "first light", flags: 0 }]);
  });

  it("waits for the acknowledgement of each line of stdin", async () => {
    const { code, packets } = await pub(["-t", "t", "-l", "-q", "1", "-r"], accepting, {
      stdin: "one\n\ntwo\nlast",
    });
    assert.equal(code, 0);
    assert.deepEqual(published(packets).map(({ payload }) => payload), ["one", "", "two", "last"]);
    assert.deepEqual(published(packets).map(({ flags }) => flags), [3, 3, 3, 3]);
  });

  it("takes the message from stdin, from a file, or from nowhere", async () => {
    const given = { stdin: "all\nof it", files: { "f.txt": "of a file" } };
    const payloads: string[] = [];
    for (const source of [["-s"], ["-f", "f.txt"], ["-n"]]) {
      const { packets } = await pub(["-t", "t", ...source], accepting, given);
      payloads.push(...published(packets).map(({ payload }) => payload));
    }
    assert.deepEqual(payloads, ["all\nof it", "of a file", ""]);
  });

  it("speaks the version that is asked for, and MQTT 5 when there are properties", async () => {
    const versions: (number | undefined)[] = [];
    for (
      const flags of [[], ["-V", "5"], ["-V", "mqttv31"], ["-D", "publish", "content-type", "x"], ["-x", "9"]]
    ) {
      const { packets } = await pub(["-t", "t", "-m", "m", ...flags], accepting);
      const nameLength = packets[0]?.body[1] ?? 0;
      versions.push(packets[0]?.body[2 + nameLength]);
    }
    assert.deepEqual(versions, [4, 5, 3, 5, 5]);
  });

  it("sends user properties in their order, with those of the same name", async () => {
    const user = ["-D", "publish", "user-property"];
    const { packets } = await pub(["-t", "t", "-m", "m", ...user, "a", "1", ...user, "a", "2"], accepting);
    // v5 §2.2.2.2: identifier 0x26, then two strings.
    const sent = text.decode(packets.find(({ type }) => type === publish)?.body);
    assert.ok(sent.includes("&\0\x01a\0\x011&\0\x01a\0\x012"), sent);
  });

  it("ends with the reason of a refusal, as mosquitto's clients do", async () => {
    const refusedV5 = await pub(["-V", "5", "-t", "t", "-m", "m"], () => [0x20, 3, 0, 0x87, 0]);
    assert.equal(refusedV5.code, 0x87);
    const refusedV3 = await pub(["-t", "t", "-m", "m"], () => [0x20, 2, 0, 5]);
    assert.equal(refusedV3.code, 5);
    assert.match(refusedV3.stderr, /Cannot talk to the broker at mqtt:\/\/127\.0\.0\.1/);
  });

  it("ends with the reason of a PUBACK that refuses", async () => {
    const { code } = await pub(["-V", "5", "-q", "1", "-t", "t", "-m", "m"], (packet) => {
      if (packet.type !== publish) return accepting(packet);
      return [0x40, 4, ...packetIdentifier(packet.body), 0x97, 0];
    });
    assert.equal(code, 0x97);
  });

  it("ends with 1 when the connection is lost", async () => {
    const { code } = await pub(
      ["-q", "1", "-t", "t", "-m", "m"],
      (packet) => packet.type === publish ? undefined : accepting(packet),
    );
    assert.equal(code, 1);
  });

  it("ends with 1 when nobody listens", async () => {
    const { port } = scriptedBrokerThatIsGone();
    assert.equal((await heliograph(["pub", "-p", String(port), "-t", "t", "-m", "m"])).code, 1);
  });

  it("ends with 64 when the flags contradict one another, before it connects", async () => {
    for (
      const flags of [
        ["-t", "t"],
        ["-t", "t", "-m", "m", "-n"],
        ["-m", "m"],
        ["-t", "a/#", "-m", "m"],
        ["-t", "t", "-f", "absent"],
        ["-t", "t", "-m", "m", "-q", "3"],
        ["-t", "t", "-m", "m", "-V", "6"],
        ["-t", "t", "-m", "m", "-V", "311", "-D", "publish", "content-type", "x"],
        ["-t", "t", "-m", "m", "-D", "publish", "content-length", "x"],
        ["-t", "t", "-m", "m", "-D", "publish", "message-expiry-interval", "soon"],
        ["-t", "t", "-m", "m", "-D", "publish", "user-property", "a"],
        ["-t", "t", "-m", "m", "-c"],
        ["-t", "t", "-m", "m", "--will-payload", "x"],
      ]
    ) {
      const { code, stderr } = await heliograph(["pub", ...flags]);
      assert.equal(code, 64, flags.join(" "));
      assert.notEqual(stderr, "");
    }
  });
});

function scriptedBrokerThatIsGone(): { port: number } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return { port: listener.addr.port };
}
