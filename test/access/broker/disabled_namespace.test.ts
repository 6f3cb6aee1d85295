/** A namespace that is disabled while clients wait to be let in, at a real broker (specification §1). */
import { afterAll, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import { tcpLink } from "../../dialogue/link.ts";
import { auth, type Client, connack, connect, fresh } from "../../dialogue/mod.ts";
import { answer, FakeService } from "../../identity/webhook/service.ts";
import { useGovernedBroker } from "./governed.ts";

const UNAVAILABLE = 0x88;
const BUSY = 0x89;
const RE_AUTHENTICATE = 0x19;

describe("a namespace that is disabled while clients wait", () => {
  const broker = useGovernedBroker();
  let service: FakeService;

  beforeAll(async () => {
    service = await FakeService.start();
  });
  afterAll(() => service[Symbol.asyncDispose]());
  beforeEach(async () => {
    await becomes("Enabled");
    service.behaviour = allow;
  });

  const allow: FakeService["behaviour"] = (response, { body }) =>
    answer(response, { decision: "allow", clientAuthenticationName: body.userName });

  async function becomes(state: "Enabled" | "Disabled"): Promise<void> {
    const clientAuthentication = { webhookAuthentication: { endpointUrl: service.url } };
    await broker.put("namespace", { topicSpacesConfiguration: { state, clientAuthentication } });
  }

  async function dials(): Promise<Client> {
    return await broker.dials(tcpLink, broker.address("mqtt"));
  }

  /** Disables the namespace while the webhook is asked what `ask` makes it be asked, and lets it answer then. */
  async function isDisabledDuring(ask: () => void): Promise<void> {
    let hold: (() => void) | undefined;
    service.behaviour = (response, asked) => void (hold = () => allow(response, asked));
    const before = service.asked.length;
    ask();
    await service.isAsked(before + 1);
    await becomes("Disabled");
    hold?.();
  }

  it("lets none of them in, and goes on serving whoever is in", async () => {
    const live = await (await dials()).connects({ userName: fresh("live") });
    const [parked, clientId] = [await dials(), fresh("session")];
    await isDisabledDuring(() => parked.sends(connect({ clientId, userName: fresh("parked") })));
    await parked.receives(connack({ reason: UNAVAILABLE }));
    await parked.isClosed();
    await broker.logsRefusal(clientId, "MQTT is disabled in the namespace");
    await live.pings();
  });

  it("tells clients of MQTT 3.1.1 that it is unavailable", async () => {
    const parked = await dials();
    await isDisabledDuring(() => parked.sends(connect({ version: 4, userName: fresh("parked") })));
    await parked.receives(connack({ reason: 3 }));
  });

  it("renews nobody's identity", async () => {
    const bearing = { authenticationMethod: "OWN", authenticationData: "1" };
    const client = await (await dials()).connects({
      userName: fresh("live"),
      properties: bearing,
      answers: { authenticationMethod: "OWN" },
    });
    await isDisabledDuring(() => client.sends(auth(RE_AUTHENTICATE, bearing)));
    await client.isDisconnected(BUSY);
  });
});
