/** The page to try the management API with, as a browser gets it from a broker. */
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { useGovernedBroker } from "./governed.ts";

describe("/docs of a broker", () => {
  const broker = useGovernedBroker();

  async function gets(path: string): Promise<{ readonly headers: Headers; readonly text: string }> {
    const response = await fetch(`http://${broker.address("http")}${path}`);
    assert.equal(response.status, 200, path);
    return { headers: response.headers, text: await response.text() };
  }

  /** The sources that a policy names for a kind of content. */
  function sources(policy: string | null, directive: string): string | undefined {
    const found = policy?.split(";").map((part) => part.trim().split(" ")).find(([name]) =>
      name === directive
    );
    return found?.slice(1).join(" ");
  }

  it("takes scripts and styles from the broker alone, and none that stand in the page", async () => {
    const { headers, text } = await gets("/docs");
    const policy = headers.get("content-security-policy");
    for (const directive of ["script-src", "style-src", "connect-src"]) {
      assert.equal(sources(policy, directive), "'self'", directive);
    }
    assert.equal(sources(policy, "default-src"), "'none'");
    assert.equal(sources(policy, "base-uri"), "'none'");
    const named = [...text.matchAll(/<(?:script|link|img|iframe)\b[^>]*?(?:src|href)="([^"]*)"/g)];
    assert.equal(named.length, 2);
    for (const [, path = ""] of named) {
      assert.match(path, /^\/(?!\/)/);
      await gets(path);
    }
    assert.doesNotMatch(text, /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:/i);
  });

  it("says of its script that it is one, and nobody may take it for anything else", async () => {
    const { headers } = await gets("/docs/page.js");
    assert.equal(headers.get("content-type"), "text/javascript; charset=utf-8");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  });
});
