import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { type Given, heliograph, type Outcome } from "./world.ts";
import {
  connect,
  disconnect,
  type Packet,
  type Script,
  scriptedBroker,
  subscribe,
} from "./scripted_broker.ts";

const puback = 4;
const encoder = new TextEncoder();

function publishOf(topic: string, payload: string, { retain = false, identifier = 0 } = {}): number[] {
  const id = identifier === 0 ? [] : [0, identifier];
  const body = [0, topic.length, ...encoder.encode(topic), ...id, ...encoder.encode(payload)];
  return [0x30 | (identifier === 0 ? 0 : 2) | Number(retain), body.length, ...body];
}

/** Accepts the client and its subscriptions, and sends `messages` with the SUBACK. */
function sending(...messages: readonly number[][]): Script {
  return ({ type, body }) => {
    if (type === connect) return [0x20, 2, 0, 0];
    if (type === subscribe) return [0x90, 3, body[0] ?? 0, body[1] ?? 0, 0, ...messages.flat()];
    return [];
  };
}

async function sub(
  args: readonly string[],
  script: Script,
  given?: Given,
): Promise<Outcome & { packets: readonly Packet[] }> {
  using broker = scriptedBroker(script);
  const outcome = await heliograph(["sub", "-p", String(broker.port), ...args], given);
  return { ...outcome, packets: await broker.received };
}

describe("heliograph sub", () => {
  it("prints as many messages as asked for, and says goodbye", async () => {
    const script = sending(publishOf("a", "one"), publishOf("b", "two"), publishOf("c", "three"));
    const { code, stdout, packets } = await sub(["-t", "#", "-C", "2", "-v"], script);
    assert.equal(code, 0);
    assert.equal(stdout, "a one\nb two\n");
    assert.equal(packets.at(-1)?.type, disconnect);
  });

  it("acknowledges the last message before it leaves", async () => {
    const { packets } = await sub(
      ["-t", "#", "-C", "1", "-q", "1"],
      sending(publishOf("a", "x", { identifier: 7 })),
    );
    assert.deepEqual(packets.map(({ type }) => type), [connect, subscribe, puback, disconnect]);
  });

  it("prints without line feeds with -N", async () => {
    const { stdout } = await sub(
      ["-t", "#", "-C", "2", "-N"],
      sending(publishOf("a", "x"), publishOf("a", "y")),
    );
    assert.equal(stdout, "xy");
  });

  it("leaves out retained messages with -R, and all others with --retained-only", async () => {
    const script = sending(publishOf("a", "old", { retain: true }), publishOf("a", "new"));
    assert.equal((await sub(["-t", "#", "-C", "1", "-R"], script)).stdout, "new\n");
    const { stdout, code } = await sub(["-t", "#", "--retained-only"], script);
    assert.equal(stdout, "old\n");
    assert.equal(code, 0);
  });

  it("asks for all filters in one SUBSCRIBE", async () => {
    const { packets } = await sub(["-t", "a/#", "-t", "b", "-C", "1"], sending(publishOf("b", "x")));
    const [, packet] = packets;
    assert.equal(new TextDecoder("latin1").decode(packet?.body.subarray(2)), "\0\x03a/#\0\0\x01b\0");
  });

  it("ends with 27 when the time is over", async () => {
    assert.equal((await sub(["-t", "#", "-W", "1"], sending())).code, 27);
  });

  it("ends with 0 when it is interrupted", async () => {
    const { code, packets } = await sub(["-t", "#"], sending(), { interrupted: Promise.resolve() });
    assert.equal(code, 0);
    assert.equal(packets.at(-1)?.type, disconnect);
  });

  it("fails when the broker refuses every filter", async () => {
    const { code, stderr } = await sub(["-t", "#"], ({ type, body }) => {
      if (type === connect) return [0x20, 2, 0, 0];
      return type === subscribe ? [0x90, 3, body[0] ?? 0, body[1] ?? 0, 0x80] : [];
    });
    assert.equal(code, 1);
    assert.notEqual(stderr, "");
  });

  it("needs a filter", async () => {
    assert.equal((await heliograph(["sub"])).code, 64);
  });
});
