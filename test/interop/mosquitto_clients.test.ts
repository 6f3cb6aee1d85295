import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, fresh, it, publish, useBroker } from "../dialogue/mod.ts";
import { publishes, start, subscriber, to } from "./command.ts";

const versions = ["mqttv31", "mqttv311", "mqttv5"] as const;

describe("mosquitto_pub and mosquitto_sub", () => {
  const broker = useBroker();

  for (const version of versions) {
    it(`${version}: messages at each QoS, between them and to each other's`, async () => {
      const topic = fresh("qos");
      for (const qos of ["0", "1", "2"]) {
        const sub = await subscriber(
          "%t %q %r %p",
          ...to(broker.mqtt),
          "-V",
          version,
          "-q",
          qos,
          "-C",
          "3",
          "-t",
          `${topic}/#`,
        );
        for (const published of ["0", "1", "2"]) {
          await publishes(
            ...to(broker.mqtt),
            "-V",
            version,
            "-q",
            published,
            "-t",
            `${topic}/${published}`,
            "-m",
            "héllo",
          );
        }
        const granted = ["0", "1", "2"].map((published) =>
          `${topic}/${published} ${Math.min(Number(published), Number(qos))} 0 héllo`
        );
        assert.deepEqual((await sub.messages()).toSorted(), granted);
      }
    });

    it(`${version}: retained messages are kept and removed`, async () => {
      const topic = fresh("retained");
      await publishes(...to(broker.mqtt), "-V", version, "-r", "-q", "1", "-t", topic, "-m", "kept");
      const sub = await subscriber("%r %p", ...to(broker.mqtt), "-V", version, "-C", "1", "-t", topic);
      assert.deepEqual(await sub.messages(), ["1 kept"]);
      await publishes(...to(broker.mqtt), "-V", version, "-r", "-n", "-q", "1", "-t", topic);
      const late = await subscriber("%r %p", ...to(broker.mqtt), "-V", version, "-C", "1", "-t", topic);
      await publishes(...to(broker.mqtt), "-V", version, "-t", topic, "-m", "live");
      assert.deepEqual(await late.messages(), ["0 live"]);
    });

    it(`${version}: the will of a client that crashes is published`, async () => {
      const topic = fresh("will");
      const watcher = await broker.joins();
      await watcher.subscribes(topic, { qos: 1 });
      const will = ["--will-topic", topic, "--will-payload", "crashed", "--will-qos", "1"];
      const client = await subscriber("%p", ...to(broker.mqtt), "-V", version, "-t", "anything", ...will);
      client.crashes();
      await watcher.takes(publish(topic, { qos: 1, payload: "crashed" }));
    });

    it(`${version}: a session that is not clean gets what it missed`, async () => {
      const [topic, id] = [fresh("missed"), fresh("sub")];
      const expiry = version === "mqttv5" ? ["-x", "100"] : [];
      const session = [...to(broker.mqtt), "-V", version, "-c", "-i", id, "-q", "1", "-t", topic, ...expiry];
      const first = await subscriber("%p", ...session, "-C", "1");
      await publishes(...to(broker.mqtt), "-V", version, "-q", "1", "-t", topic, "-m", "first");
      assert.deepEqual(await first.messages(), ["first"]);
      await publishes(...to(broker.mqtt), "-V", version, "-q", "1", "-t", topic, "-m", "missed");
      const second = start("mosquitto_sub", "-F", "MSG %p", ...session, "-C", "1", "-W", "20");
      assert.deepEqual(await second.messages(), ["missed"]);
    });

    it(`${version}: a megabyte arrives whole`, async () => {
      const topic = fresh("large");
      const folder = await mkdtemp(join(tmpdir(), "heliograph-interop-"));
      const payload = Uint8Array.from({ length: 1_000_000 }, (_, at) => at * 31 % 251);
      try {
        await writeFile(join(folder, "payload"), payload);
        await publishes(
          ...to(broker.mqtt),
          "-V",
          version,
          "-q",
          "2",
          "-r",
          "-t",
          topic,
          "-f",
          join(folder, "payload"),
        );
        const got = await rawOutput("mosquitto_sub", [
          ...to(broker.mqtt),
          "-V",
          version,
          "-q",
          "2",
          "-N",
          "-C",
          "1",
          "-t",
          topic,
        ]);
        assert.ok(
          payload.length === got.length && payload.every((byte, at) => byte === got[at]),
          `${got.length} bytes came`,
        );
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    it(`${version}: members of a shared subscription divide the messages`, async () => {
      const topic = fresh("shared");
      const args = [...to(broker.mqtt), "-V", version, "-q", "1", "-t", `$share/g/${topic}`];
      const members = [await subscriber("%p", ...args), await subscriber("%p", ...args)];
      const watch = Array.from(
        { length: 10 },
        (_, number) => Promise.race(members.map((member) => member.says(`MSG ${number}`))),
      );
      for (let number = 0; number < 10; number += 1) {
        await publishes(...to(broker.mqtt), "-V", version, "-q", "1", "-t", topic, "-m", String(number));
      }
      await Promise.all(watch);
      // At SIGTERM mosquitto_sub prints from its signal handler, and may print its last line twice.
      for (const member of members) member.crashes();
      const [one = [], two = []] = await Promise.all(members.map((member) => member.messages()));
      assert.equal(one.length + two.length, 10, `${one} and ${two}`);
      assert.ok(one.length > 0 && two.length > 0, `${one.length} and ${two.length}`);
    });
  }

  it("properties of mosquitto_pub reach a subscriber, in their order", async () => {
    const topic = fresh("properties");
    const reader = await broker.joins();
    await reader.subscribes(topic, { qos: 1 });
    const property = (...words: string[]) => ["-D", "publish", ...words];
    await publishes(
      ...[...to(broker.mqtt), "-V", "mqttv5", "-q", "1", "-t", topic, "-m", "x"],
      ...property("payload-format-indicator", "1"),
      ...property("message-expiry-interval", "100"),
      ...property("content-type", "text/plain"),
      ...property("response-topic", "answer/here"),
      ...property("correlation-data", "id 1"),
      ...property("user-property", "b", "2"),
      ...property("user-property", "a", "1"),
      ...property("user-property", "b", "2"),
    );
    await reader.takes(publish(topic, {
      qos: 1,
      payload: "x",
      properties: {
        payloadFormatIndicator: 1,
        messageExpiryInterval: 100,
        contentType: "text/plain",
        responseTopic: "answer/here",
        correlationData: "id 1",
        userProperties: [["b", "2"], ["a", "1"], ["b", "2"]],
      },
    }));
  });

  it("properties reach mosquitto_sub, with the identifier of its subscription", async () => {
    const topic = fresh("properties");
    const args = [...to(broker.mqtt), "-V", "mqttv5", "-q", "1", "-C", "1", "-t", topic];
    const sub = await subscriber(
      "%C|%R|%D|%P|%S|%p",
      ...args,
      "-D",
      "subscribe",
      "subscription-identifier",
      "7",
    );
    const writer = await broker.joins();
    const properties = {
      contentType: "text",
      responseTopic: "answer",
      correlationData: "id",
      userProperties: [["a", "1"], ["a", "2"]] as const,
    };
    await writer.publishes(topic, { qos: 1, payload: "x", properties });
    assert.deepEqual(await sub.messages(), ["text|answer|id|a:1 a:2|7|x"]);
  });

  it("mosquitto_sub unsubscribes and hears the answer", async () => {
    const args = [...to(broker.mqtt), "-V", "mqttv5", "-t", "a", "-U", "b", "-W", "20"];
    const sub = start("mosquitto_sub", "-d", ...args);
    await sub.says("UNSUBACK");
    sub.crashes();
  });
});

/** All bytes that a program writes to stdout. */
async function rawOutput(program: string, args: readonly string[]): Promise<Uint8Array> {
  const child = spawn(program, [...args], { stdio: ["ignore", "pipe", "inherit"] });
  const pieces: Uint8Array[] = [];
  for await (const piece of child.stdout ?? []) pieces.push(piece);
  return Uint8Array.from(pieces.flatMap((piece) => Array.from(piece)));
}
