import { describe, endsOn, forEach, it, useBroker } from "../../dialogue/mod.ts";

describe("MQTT 3.1.1 §4.8 handling errors", () => {
  const broker = useBroker({ version: 4 });

  it("v3.1.1 [MQTT-4.8.0-1] a protocol violation closes the connection that it came on, and no other", async () => {
    const neighbour = await broker.joins();
    const violations = [
      "40 00",
      "40 [01]",
      "40 [000100]",
      "62 [000100]",
      "70 [0000]",
      "40 [0000]",
      "c0 [00]",
      `82 [00]`,
      `82 [0001 "a" 00 00]`,
      `a2 [0001 "a" 00]`,
      `10 ["MQTT" 04 02 003c "again"]`,
    ];
    await forEach(violations, (said) => endsOn(broker, said));
    await neighbour.pings();
  });
});
