import {
  describe,
  endsOn,
  filter,
  forEach,
  fresh,
  it,
  publish,
  suback,
  subscribe,
  useBroker,
} from "../../dialogue/mod.ts";

describe("MQTT 5 §4.7 topic names and topic filters", () => {
  const broker = useBroker();

  /** SUBSCRIBE and UNSUBSCRIBE with this filter end with 0x8F. */
  async function isInvalid(name: string) {
    await endsOn(broker, `82 [0001 [] "${name}" 00]`, 0x8f);
    await endsOn(broker, `a2 [0001 [] "${name}"]`, 0x8f);
  }

  /** Subscribes, publishes all, and gets the first list in its order. */
  async function matches(to: string, yes: readonly string[], no: readonly string[]) {
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(to);
    for (const topic of [...no, ...yes]) writer.sends(publish(topic));
    for (const topic of yes) await reader.receives(publish(topic));
    await reader.receivesNothing(writer);
  }

  it("v5 [MQTT-4.7.1-1] a misplaced # is refused", async () => {
    await forEach(["a#", "a/b#", "#/a", "a/#/b", "##", "a/##"], isInvalid);
  });

  it("v5 [MQTT-4.7.1-2] a + beside other characters is refused", async () => {
    await forEach(["a+", "+a", "a/+b", "a+/b", "++"], isInvalid);
  });

  it("v5 [MQTT-4.7.1-1] # takes its parent and all below", async () => {
    const topic = fresh("multi");
    await matches(`${topic}/a/#`, [`${topic}/a`, `${topic}/a/`, `${topic}/a/b`, `${topic}/a/b/c`], [
      `${topic}/ab`,
      `${topic}`,
      `${topic}/b`,
    ]);
  });

  it("v5 [MQTT-4.7.1-2] + takes exactly one level, also an empty one", async () => {
    const topic = fresh("single");
    await matches(`${topic}/+/c`, [`${topic}/b/c`, `${topic}//c`], [
      `${topic}/c`,
      `${topic}/a/b/c`,
      `${topic}/b/c/`,
    ]);
    await matches(`${topic}/+`, [`${topic}/`, `${topic}/x`], [topic, `${topic}/x/y`]);
  });

  it("v5 [MQTT-4.7.2-1] a filter that begins with a wildcard does not match a topic that begins with $", async () => {
    const topic = fresh("dollar");
    await matches("+/" + topic, [`a/${topic}`, `/${topic}`], [`$a/${topic}`]);
    await matches(`$a/${topic}/#`, [`$a/${topic}/x`], []);
    await matches(`$a/+/${topic}`, [`$a/b/${topic}`], [`a/b/${topic}`]);
    const [all, writer] = [await broker.joins(), await broker.joins()];
    await all.subscribes("#");
    writer.sends(publish(`$a/${topic}`));
    await all.receivesNothing(writer);
  });

  it("v5 [MQTT-4.7.2-1] nor does it get such a topic's retained message", async () => {
    const topic = fresh("dollar");
    const writer = await broker.joins();
    await writer.publishes(`$a/${topic}`, { qos: 1, retain: true, payload: "hidden" });
    const reader = await broker.joins();
    await reader.subscribes(`+/${topic}`);
    await reader.subscribes(`+/${topic}/#`);
    await reader.receivesNothing();
    await reader.subscribes("$a/+");
    await reader.receives(publish(`$a/${topic}`, { retain: true, payload: "hidden" }));
  });

  it("v5 [MQTT-4.7.3-1] an empty topic name is a protocol error, and an empty filter is refused", async () => {
    await endsOn(broker, `30 ["" [] 'x']`, 0x82);
    await isInvalid("");
  });

  it("v5 [MQTT-4.7.3-2] the null character in a topic name or filter is malformed", async () => {
    await endsOn(broker, "30 [0003 610062 [] 'x']", 0x81);
    await endsOn(broker, "82 [0001 [] 0003 610062 00]", 0x81);
  });

  it("v5 [MQTT-4.7.3-3] a topic may have as many as 65535 bytes", async () => {
    const topic = "x".repeat(65535);
    const client = await broker.joins();
    client.sends(subscribe(1, [filter(topic)]));
    await client.receives(suback(1, [0]));
    client.sends(publish(topic, { payload: "long" }));
    await client.receives(publish(topic, { payload: "long" }));
  });

  it("v5 [MQTT-4.7.3-4] topics are not normalised", async () => {
    const topic = fresh("normal");
    await matches(`${topic}/é`, [`${topic}/é`], [`${topic}/e\u0301`, `${topic}/É`, `${topic}/é/`]);
    await matches(`${topic}/e\u0301`, [`${topic}/e\u0301`], [`${topic}/é`]);
    await matches(`/${topic}`, [`/${topic}`], [topic]);
    await matches(`${topic} x`, [`${topic} x`], [`${topic}  x`, `${topic}%20x`]);
    await matches("/", ["/"], ["//"]);
    await matches(`${topic}/end`, [`${topic}/end`], [`${topic}/end/`, `${topic}/end `, ` ${topic}/end`]);
    await matches(`${topic}/case`, [`${topic}/case`], [`${topic}/Case`, `${topic}/CASE`]);
  });
});
