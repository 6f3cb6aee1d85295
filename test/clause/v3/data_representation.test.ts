import { describe, endsOn, forEach, fresh, it, publish, refuses, useBroker } from "../../dialogue/mod.ts";

describe("MQTT 3.1.1 §1.5.3 UTF-8 encoded strings", () => {
  const broker = useBroker({ version: 4 });

  it("v3.1.1 [MQTT-1.5.3-1] ill-formed UTF-8 in a topic, a filter or a client identifier closes the connection", async () => {
    const illFormed = ["eda080", "edbfbf", "c080", "f4908080", "ff", "e282", "80", "f8888080 80"];
    await forEach(illFormed, async (text) => {
      const length = text.replaceAll(" ", "").length / 2;
      const string = `00 0${length} ${text}`;
      await endsOn(broker, `30 [${string} 'x']`);
      await endsOn(broker, `82 [0001 ${string} 00]`);
      await refuses(broker, `10 ["MQTT" 04 02 003c ${string}]`, undefined, 4);
    });
  });

  it("v3.1.1 [MQTT-1.5.3-2] the null character in any string closes the connection", async () => {
    const withNull = "0003 610062";
    await endsOn(broker, `30 [${withNull} 'x']`);
    await endsOn(broker, `82 [0001 ${withNull} 00]`);
    await endsOn(broker, `a2 [0001 ${withNull}]`);
    await refuses(broker, `10 ["MQTT" 04 02 003c ${withNull}]`, undefined, 4);
    await refuses(broker, `10 ["MQTT" 04 06 003c "nul-will" ${withNull} "w"]`, undefined, 4);
    await refuses(broker, `10 ["MQTT" 04 82 003c "nul-user" ${withNull}]`, undefined, 4);
  });

  it("v3.1.1 [MQTT-1.5.3-3] U+FEFF is a character like any other, also at the start of a topic", async () => {
    const topic = fresh("bom");
    const reader = await broker.joins();
    await reader.subscribes(`\uFEFF${topic}`);
    await reader.subscribes(topic);
    const writer = await broker.joins();
    writer.sends(publish(`\uFEFF${topic}`, { payload: "with" }), publish(topic, { payload: "without" }));
    await reader.receives(publish(`\uFEFF${topic}`, { payload: "with" }));
    await reader.receives(publish(topic, { payload: "without" }));
    await reader.receivesNothing(writer);
  });
});
