/** `POST /mqtt/messages` (specification §8): what becomes a message, and what each refusal says. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { base64, problemOf, ServedHttp } from "./served.ts";

const text = new TextEncoder();

describe("HTTP Publish", () => {
  let http: ServedHttp;

  beforeEach(async () => {
    http = new ServedHttp();
    await http.start({ bodies: { bodyBytesMax: 100_000, bodiesBytesMax: 1_000_000 } });
  });

  afterEach(async () => {
    await http.stop();
    assert.deepEqual(http.failures, []);
  });

  it("publishes the worked example as it decodes", async () => {
    const body = "Please confirm that the arm is back in place :";
    const response = await http.publish("topic=devices%2FCXa-23112%2Fprompt&api-version=2025-02-15-preview", {
      headers: {
        "mqtt-qos": "0",
        "mqtt-retain": "0",
        "mqtt-response-topic": "devices%2FCXa-23112%2Freply",
        "mqtt-correlation-data": "PlXCscK2wrbCuy8=",
        "mqtt-user-properties": base64(
          '[{"Urgency":"alert"},{"RequestId":"55f4a7ee-b0b4-4d7f-8eb5-2edba2ced5d7"}]',
        ),
        "content-type": "text/plain;charset=UTF-8",
      },
      body,
    });
    assert.equal(response.status, 204);
    assert.deepEqual(http.published, [{
      topic: "devices/CXa-23112/prompt",
      qos: 0,
      retain: false,
      responseTopic: "devices/CXa-23112/reply",
      correlationData: Uint8Array.of(0x3e, 0x55, 0xc2, 0xb1, 0xc2, 0xb6, 0xc2, 0xb6, 0xc2, 0xbb, 0x2f),
      userProperties: [["Urgency", "alert"], ["RequestId", "55f4a7ee-b0b4-4d7f-8eb5-2edba2ced5d7"]],
      contentType: "text/plain;charset=UTF-8",
      messageExpirySeconds: undefined,
      payloadFormat: 0,
      payload: text.encode(body),
      principal: "$anonymous",
    }]);
  });

  it("uses QoS 1, no retain and nothing else unless told", async () => {
    assert.equal((await http.publish("topic=a")).status, 204);
    const [message] = http.published;
    assert.deepEqual(message, {
      topic: "a",
      qos: 1,
      retain: false,
      responseTopic: undefined,
      correlationData: undefined,
      userProperties: [],
      contentType: undefined,
      messageExpirySeconds: undefined,
      payloadFormat: 0,
      payload: text.encode("hello"),
      principal: "$anonymous",
    });
  });

  it("takes each header, whatever its case", async () => {
    await http.publish("topic=a", {
      headers: {
        "MQTT-QoS": "0",
        "Mqtt-Retain": "1",
        "MQTT-MESSAGE-EXPIRY": "4294967295",
        "mqtt-Payload-Format-Indicator": "1",
      },
    });
    const [message] = http.published;
    assert.deepEqual(
      [message?.qos, message?.retain, message?.messageExpirySeconds, message?.payloadFormat],
      [0, true, 4294967295, 1],
    );
  });

  it("lets the query win over a header, also over one that is invalid", async () => {
    await http.publish("topic=a&qos=0&retain=1", { headers: { "mqtt-qos": "7", "mqtt-retain": "0" } });
    assert.deepEqual([http.published[0]?.qos, http.published[0]?.retain], [0, true]);
  });

  it("keeps order, duplicates and odd names of user properties", async () => {
    const json = '[{"b":"1"},{"a":"2"},{"b":"1"},{"":""},{"__proto__":"x"},{"ü":"😀"}]';
    await http.publish("topic=a", { headers: { "mqtt-user-properties": base64(json) } });
    assert.deepEqual(http.published[0]?.userProperties, [
      ["b", "1"],
      ["a", "2"],
      ["b", "1"],
      ["", ""],
      ["__proto__", "x"],
      ["ü", "😀"],
    ]);
  });

  for (
    const [query, topic] of [
      ["topic=caf%C3%A9%2F%F0%9F%98%80", "café/😀"],
      ["topic=a+b%20c", "a b c"],
      ["topic=a/b//c", "a/b//c"],
      ["topic=a=b", "a=b"],
      ["x=1&topic=%2F&y", "/"],
      ["topic=%24share-not", "$share-not"],
    ] as const
  ) {
    it(`reads ${query} as ${topic}`, async () => {
      assert.equal((await http.publish(query)).status, 204);
      assert.equal(http.published[0]?.topic, topic);
    });
  }

  it("takes an empty body", async () => {
    await http.publish("topic=a&retain=1", { body: "" });
    assert.deepEqual(http.published[0]?.payload, new Uint8Array(0));
  });

  it("takes a body of any bytes, in chunks of any size", async () => {
    const peer = await http.connect();
    peer.send(
      "POST /mqtt/messages?topic=a HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n",
    );
    for (let byte = 0; byte < 256; byte++) peer.send(Uint8Array.of(0x31, 13, 10, byte, 13, 10));
    peer.send("0\r\n\r\n");
    await peer.receive("HTTP/1.1 204".length);
    assert.deepEqual(http.published[0]?.payload, Uint8Array.from({ length: 256 }, (_, byte) => byte));
  });

  it("serves one publish after the other on a connection", async () => {
    const peer = await http.connect();
    for (let count = 1; count <= 3; count++) {
      peer.send(http.bytesOf({ method: "POST", target: "/mqtt/messages?topic=a", body: `${count}` }));
      await peer.receive("HTTP/1.1 204".length);
      while (String.fromCharCode(...await peer.receive(1)) !== "\r" || (await peer.receive(3))[1] !== 13);
    }
    assert.deepEqual(
      http.published.map(({ payload }) => payload),
      ["1", "2", "3"].map((body) => text.encode(body)),
    );
  });

  for (
    const [name, query, headers, parameter] of [
      ["no topic", "qos=1", {}, "topic"],
      ["two topics", "topic=a&topic=b", {}, "topic"],
      ["a topic with a broken escape", "topic=%zz", {}, "topic"],
      ["a topic that is not UTF-8", "topic=%ff", {}, "topic"],
      ["QoS 2", "topic=a&qos=2", {}, "mqtt-qos"],
      ["an empty QoS", "topic=a&qos=", {}, "mqtt-qos"],
      ["QoS twice", "topic=a&qos=0&qos=1", {}, "qos"],
      ["a QoS header that is none", "topic=a", { "mqtt-qos": "one" }, "mqtt-qos"],
      ["retain as a word", "topic=a&retain=true", {}, "mqtt-retain"],
      ["a negative expiry", "topic=a", { "mqtt-message-expiry": "-1" }, "mqtt-message-expiry"],
      [
        "an expiry beyond four bytes",
        "topic=a",
        { "mqtt-message-expiry": "4294967296" },
        "mqtt-message-expiry",
      ],
      ["an expiry with a fraction", "topic=a", { "mqtt-message-expiry": "1.5" }, "mqtt-message-expiry"],
      [
        "a format indicator of 2",
        "topic=a",
        { "mqtt-payload-format-indicator": "2" },
        "mqtt-payload-format-indicator",
      ],
      [
        "correlation data that is not Base64",
        "topic=a",
        { "mqtt-correlation-data": "%%%" },
        "mqtt-correlation-data",
      ],
      ["Base64 without padding", "topic=a", { "mqtt-correlation-data": "AA" }, "mqtt-correlation-data"],
      [
        "a response topic with a wildcard",
        "topic=a",
        { "mqtt-response-topic": "a/%23" },
        "mqtt-response-topic",
      ],
      ["an empty response topic", "topic=a", { "mqtt-response-topic": "" }, "mqtt-response-topic"],
      ["a broken response topic", "topic=a", { "mqtt-response-topic": "%e0%a4%a" }, "mqtt-response-topic"],
      [
        "a line break in a response topic",
        "topic=a",
        { "mqtt-response-topic": "a%0d%0ab" },
        "mqtt-response-topic",
      ],
      [
        "user properties that are not Base64",
        "topic=a",
        { "mqtt-user-properties": "[{}]" },
        "mqtt-user-properties",
      ],
      ["a content type in Latin-1", "topic=a", { "content-type": "text/\u0085" }, "content-type"],
    ] as const
  ) {
    it(`answers ${name} with 400, and names ${parameter}`, async () => {
      const response = await http.publish(query, { headers });
      const problem = problemOf(response);
      assert.deepEqual([problem.status, problem.code], [400, "parameter-invalid"]);
      assert.deepEqual(problem.faults?.map((fault) => fault.parameter), [parameter]);
      assert.deepEqual(http.published, []);
    });
  }

  for (
    const json of [
      '{"a":"b"}',
      '["a"]',
      '[["a","b"]]',
      '[["a"]]',
      "[null]",
      "[{}]",
      '[{"a":1}]',
      '[{"a":null}]',
      '[{"a":"1","b":"2"}]',
      '[{"a":"\\u0000"}]',
      '[{"a":"\\ud800"}]',
      '[{"a\\uffff":""}]',
      '[{"a":"b"}',
      "",
    ]
  ) {
    it(`answers user properties ${json || "of nothing"} with 400`, async () => {
      const response = await http.publish("topic=a", { headers: { "mqtt-user-properties": base64(json) } });
      assert.deepEqual(problemOf(response).faults?.map((fault) => fault.parameter), ["mqtt-user-properties"]);
    });
  }

  it("answers user properties in broken UTF-8 with 400", async () => {
    const json = Uint8Array.of(...text.encode('[{"a":"'), 0xff, ...text.encode('"}]'));
    const response = await http.publish("topic=a", { headers: { "mqtt-user-properties": base64(json) } });
    assert.equal(problemOf(response).status, 400);
  });

  it("names every fault at once", async () => {
    const headers = { "mqtt-message-expiry": "x", "mqtt-correlation-data": "!" };
    const { faults } = problemOf(await http.publish("qos=9", { headers }));
    assert.deepEqual(
      faults?.map((fault) => fault.parameter).toSorted(),
      ["mqtt-correlation-data", "mqtt-message-expiry", "mqtt-qos", "topic"],
    );
  });

  for (
    const topic of [
      "",
      "a/%23",
      "a/%2B/b",
      "%00",
      "a%0d%0ab",
      "%EF%BF%BF",
      "%C2%85",
    ]
  ) {
    it(`answers the topic ${topic.slice(0, 12) || "of nothing"} with 403`, async () => {
      const problem = problemOf(await http.publish(`topic=${topic}`));
      assert.deepEqual([problem.status, problem.code], [403, "topic-invalid"]);
      assert.deepEqual(http.published, []);
    });
  }

  for (
    const [reason, status, code, retry] of [
      [0x80, 500, "internal-error", false],
      [0x83, 503, "degraded", true],
      [0x87, 403, "not-authorized", false],
      [0x89, 503, "busy", true],
      [0x8b, 503, "shutting-down", true],
      [0x90, 403, "topic-invalid", false],
      [0x95, 413, "payload-too-large", false],
      [0x96, 429, "quota-exceeded", true],
      [0x97, 429, "quota-exceeded", true],
      [0x99, 400, "payload-format-invalid", false],
      [0x9a, 400, "message-refused", false],
      [0xa2, 500, "internal-error", false],
    ] as const
  ) {
    it(`answers reason 0x${reason.toString(16)} with ${status}`, async () => {
      http.answer = () => Promise.resolve(reason);
      const response = await http.publish("topic=a");
      const problem = problemOf(response);
      assert.deepEqual([problem.status, problem.code, problem.reasonCode], [status, code, reason]);
      assert.equal(response.headers.has("retry-after"), retry);
    });
  }

  it("answers a message without subscribers with 204", async () => {
    http.answer = () => Promise.resolve(0x10);
    assert.equal((await http.publish("topic=a")).status, 204);
  });

  it("answers no earlier than the broker", async () => {
    let settle!: (reason: number) => void;
    http.answer = () => new Promise((resolve) => settle = resolve);
    let answered = false;
    const publishing = http.publish("topic=slow").then((response) => {
      answered = true;
      return response;
    });
    while (http.published.length === 0) await http.request({ target: "/healthz" });
    assert.equal(answered, false);
    settle(0);
    assert.equal((await publishing).status, 204);
  });

  it("answers a broker that fails with 500, and tells nobody outside why", async () => {
    http.answer = () => Promise.reject(new Error("secret"));
    const response = await http.publish("topic=a");
    assert.deepEqual([problemOf(response).code, response.body.includes("secret")], ["internal-error", false]);
    assert.equal(http.failures.splice(0).length, 1);
  });
});
