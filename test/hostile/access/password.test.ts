/** Passwords are tried until one fits. */

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { connect, forEach, fresh } from "../../dialogue/mod.ts";
import { makeClient } from "../../identity/certificates.ts";
import { NAME_ATTEMPTS } from "../../../src/identity/proof_of_identity.ts";
import { NOT_AUTHORIZED, useAccessBroker } from "./access_broker.ts";
import { approaching } from "./dialers.ts";

const UNAVAILABLE = 0x88;

describe("hostile: passwords", () => {
  const { broker, neighbour } = useAccessBroker();

  async function user(): Promise<{ readonly userName: string; readonly password: string }> {
    const [userName, password] = [fresh("user"), fresh("right password ")];
    await broker.put(`users/${userName}`, { password });
    return { userName, password };
  }

  it("are tried in vain, however many at once", async () => {
    const from = "127.0.0.66";
    const { userName, password } = await user();
    const guesses = Array.from({ length: 200 }, (_, number) => `guess ${number}`);
    const ids = guesses.map(() => fresh("guess"));
    await forEach(guesses, async (guess) => {
      const client = await broker.dials(approaching({ from }));
      client.sends(connect({ userName, password: guess, clientId: ids[guesses.indexOf(guess)] ?? "" }));
      const { reason } = await client.hears("connack");
      // Those that others are in the way of have not failed, and may come back.
      assert.ok(reason === NOT_AUTHORIZED || reason === UNAVAILABLE, `refused with ${reason}`);
      await client.isClosed();
    });
    await neighbour.isServed();
    const reasons = await Promise.all(ids.map((id) => broker.refusalOf(id)));
    const looked = reasons.filter((reason) => /is wrong/.test(reason)).length;
    assert.ok(looked >= 1 && looked <= NAME_ATTEMPTS.burst + 3, `${looked} were looked at`);
    const options = { userName, password };
    assert.match(await broker.refusal(approaching({ from }), options), /too many failed attempts/);
    // Whoever has it is not locked out from afar, and nobody else beside the attacker.
    await broker.admits(approaching({ from: "127.0.0.67" }), options);
    await broker.admits(approaching({ from }), await user());
    const client = fresh("client");
    await broker.register(client);
    const chain = [makeClient(broker.root, { subject: client })] as const;
    await broker.admits(approaching({ from, chain: [...chain] }), { userName: client });
  });

  it("of names that nobody has are refused in the same words", async () => {
    const from = "127.0.0.68";
    const { userName } = await user();
    const known = await broker.refusal(approaching({ from }), { userName, password: "wrong" });
    const unknown = await broker.refusal(approaching({ from }), {
      userName: fresh("none"),
      password: "wrong",
    });
    assert.notEqual(known, unknown, "the log tells them apart");
  });

  it("that are empty, huge, or a prefix of the right one are wrong", async () => {
    const { userName, password } = await user();
    const tricks = [
      "",
      password.slice(0, -1),
      `${password}\0`,
      `${password} `,
      password.toUpperCase(),
      "x".repeat(65_535),
      new Uint8Array(65_535),
    ];
    const from = "127.0.0.69";
    for (const trick of tricks) await broker.refusal(approaching({ from }), { userName, password: trick });
    await broker.admits(approaching({ from }), { userName, password });
  });

  it("are none of a client's, nor is a missing one", async () => {
    const { userName } = await user();
    const client = fresh("client");
    await broker.register(client);
    const from = "127.0.0.70";
    await broker.refusal(approaching({ from }), { userName });
    await broker.refusal(approaching({ from }), { userName: client, password: "" });
    await broker.refusal(approaching({ from }), { userName: client });
    await broker.refusal(approaching({ from }), {});
  });

  it("are checked again for whoever is disabled or has a new one", async () => {
    const from = "127.0.0.71";
    const { userName, password } = await user();
    const client = await broker.admits(approaching({ from }), { userName, password });
    await broker.put(`users/${userName}`, { password: "another" });
    await client.isDisconnected(NOT_AUTHORIZED);
    await broker.refusal(approaching({ from }), { userName, password });
    await broker.put(`users/${userName}`, { password: "another", state: "Disabled" });
    const disabled = { userName, password: "another" };
    assert.match(await broker.refusal(approaching({ from }), disabled), /disabled/);
  });

  it("are never told: by the API, in the log", async () => {
    const { userName, password } = await user();
    const { body } = await broker.request("GET", `/v1/users/${userName}`);
    assert.doesNotMatch(JSON.stringify(body), /scrypt|password/i);
    await broker.refusal(approaching({ from: "127.0.0.72" }), { userName, password: `${password}!` });
    assert.deepEqual(broker.log.all((line) => JSON.stringify(line).includes(password)), []);
  });
});
