/** What the management API has made is there after a restart, out of the data directory. */

import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { anonymousAccess } from "../../src/access/anonymous.ts";
import { accessLimits } from "../../src/access/limits.ts";
import { Registry } from "../../src/access/registry.ts";
import { OperatorTokens } from "../../src/http/operator.ts";
import { ManagementDatabase } from "../../src/store/sqlite/resources/management_database.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite_store.ts";
import { withFolder } from "../store/folder.ts";

/** What a broker holds between its start and its end. */
interface Run {
  readonly registry: Registry;
  readonly operators: OperatorTokens;
}

/** One run of a broker over a data directory, as `main.ts` joins the rooms. */
async function run(directory: string, action: (run: Run) => Promise<void>): Promise<void> {
  const store = await SqliteStore.open({ directory, durability: "strict" });
  const management = ManagementDatabase.open(directory);
  try {
    const registry = await Registry.open({
      store: management.resources,
      limits: accessLimits.standard,
      passwords: {
        hash: (password) => Promise.resolve(password),
        verify: (one, two) => Promise.resolve(one === two),
      },
      issuerKeys: { inspectIssuerKey: () => Promise.resolve(undefined) },
      endpoints: { inspectEndpoint: () => undefined },
      certificates: {
        inspect: () => Promise.resolve({ key: "encodedCertificate", expected: "another one" }),
      },
    });
    await action({ registry, operators: await OperatorTokens.open({ store: management.operatorTokens }) });
  } finally {
    management.close();
    await store.close();
  }
}

describe("a restart", () => {
  it("keeps resources with their versions, anonymous off, and operator tokens", async () => {
    await withFolder(async (folder) => {
      let token = "";
      let etag: string | undefined;
      await run(folder, async ({ registry, operators }) => {
        token = operators.made ?? "";
        assert.equal(anonymousAccess(undefined, registry.resources), "loopback");
        await registry.put("clients", "a", {
          properties: {
            clientCertificateAuthentication: { validationScheme: "SubjectMatchesAuthenticationName" },
          },
        });
        await registry.put("topicSpaces", "gone", { properties: { topicTemplates: ["a"] } });
        await registry.remove("topicSpaces", "gone");
        etag = registry.resources.get("clients", "a")?.etag;
      });
      await run(folder, async ({ registry, operators }) => {
        assert.equal(operators.made, undefined);
        assert.equal(operators.operatorOf(`Bearer ${token}`)?.role, "full");
        assert.equal(anonymousAccess(undefined, registry.resources), "off");
        assert.equal(registry.resources.get("clients", "a")?.etag, etag);
        assert.equal(registry.resources.get("topicSpaces", "gone"), undefined);
        await registry.put("namespace", "ns1", { properties: {} });
      });
      await run(folder, ({ registry }) => {
        assert.equal(registry.resources.count("namespace"), 1);
        return Promise.resolve();
      });
    });
  });
});
