import { describe, endsOn, forEach, fresh, it, publish, refuses, useBroker } from "../../dialogue/mod.ts";

describe("MQTT 5 §1.5 data representation", () => {
  const broker = useBroker();

  it("v5 [MQTT-1.5.4-1] ill-formed UTF-8 is a malformed packet", async () => {
    const illFormed = ["eda080", "edbfbf", "c080", "f4908080", "ff", "e282", "80", "f888808080"];
    await forEach(illFormed, async (text) => {
      const string = `000${text.length / 2} ${text}`;
      await endsOn(broker, `30 [${string} [] 'x']`, 0x81);
      await endsOn(broker, `82 [0001 [] ${string} 00]`, 0x81);
      await endsOn(broker, `30 ["a" [03 ${string}] 'x']`, 0x81);
      await refuses(broker, `10 ["MQTT" 05 02 003c [] ${string}]`, 0x81);
    });
  });

  it("v5 [MQTT-1.5.4-2] the null character in any string is a malformed packet", async () => {
    const withNull = "0003 610062";
    await endsOn(broker, `30 [${withNull} [] 'x']`, 0x81);
    await endsOn(broker, `82 [0001 [] ${withNull} 00]`, 0x81);
    await endsOn(broker, `a2 [0001 [] ${withNull}]`, 0x81);
    await endsOn(broker, `30 ["a" [08 ${withNull}] 'x']`, 0x81);
    await refuses(broker, `10 ["MQTT" 05 02 003c [] ${withNull}]`, 0x81);
    await refuses(broker, `10 ["MQTT" 05 82 003c [] "null-user" ${withNull}]`, 0x81);
  });

  it("v5 §1.5.4 control characters and non-characters are malformed", async () => {
    const excluded = ["01", "1f", "7f", "c280", "c29f", "efbfbf", "efbfbe", "efb790", "f09fbfbf"];
    await forEach(excluded, (text) => endsOn(broker, `30 [000${text.length / 2} ${text} [] 'x']`, 0x81));
  });

  it("v5 [MQTT-1.5.4-3] U+FEFF is a character like any other, also at the start of a topic", async () => {
    const topic = fresh("bom");
    const [reader, writer] = [await broker.joins(), await broker.joins()];
    await reader.subscribes(`\uFEFF${topic}`);
    await reader.subscribes(topic);
    const properties = { contentType: "\uFEFFtext" };
    writer.sends(publish(`\uFEFF${topic}`, { properties }), publish(topic));
    await reader.receives(publish(`\uFEFF${topic}`, { properties }));
    await reader.receives(publish(topic));
    await reader.receivesNothing(writer);
  });

  it("v5 [MQTT-1.5.5-1] a Variable Byte Integer that is longer than needed is malformed", async () => {
    await endsOn(broker, `30 8500 "a" 00 'x'`, 0x81);
    await endsOn(broker, `30 ["a" 8000 'x']`, 0x81);
    await endsOn(broker, `82 [0001 [0b 8100] "a" 00]`, 0x81);
    await endsOn(broker, "30 ffffffff 01", 0x81);
    await endsOn(broker, `82 [0001 [0b ffffffff 01] "a" 00]`, 0x81);
  });

  it("v5 [MQTT-1.5.7-1] both strings of a pair are held to the rules of strings", async () => {
    await endsOn(broker, `30 ["a" [26 0002 c328 "value"] 'x']`, 0x81);
    await endsOn(broker, `30 ["a" [26 "name" 0002 c328] 'x']`, 0x81);
    await endsOn(broker, `30 ["a" [26 "name" 0001 00] 'x']`, 0x81);
    await endsOn(broker, `30 ["a" [26 0001 00 "value"] 'x']`, 0x81);
  });
});
