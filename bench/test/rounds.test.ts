import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { LoadGenerator } from "../load_generator.ts";
import { type Peer, PeerFailed } from "../peers/peer.ts";
import { figureAt } from "../report.ts";
import { rotated, runRounds } from "../rounds.ts";
import type { ModeScenario, Setup } from "../scenario.ts";
import { notingPeer, pairs, reportOf } from "./fixtures.ts";

const generator: LoadGenerator = {
  program: "none",
  load: () => Promise.resolve(reportOf(1)),
  mode: () => Promise.reject(new Error("not asked for")),
};

const options = {
  rounds: 2,
  seconds: 1,
  warmUpSeconds: 0,
  quick: false,
  timeBareCommit: () => Promise.resolve({ faults: { count: 0, examples: [] } }),
  report: () => {},
};

describe("runRounds()", () => {
  it("alternates peers, begins each round with another, and stops each before the next starts", async () => {
    const notes: string[] = [];
    const peers = ["a", "b"].map((name) => notingPeer(name, notes));
    const runs = await runRounds({ scenarios: [pairs], peers }, generator, options);
    assert.deepEqual(notes, ["+a", "-a", "+b", "-b", "+b", "-b", "+a", "-a"]);
    assert.deepEqual(runs.map(({ peer, round }) => `${peer}${round}`), ["a1", "b1", "b2", "a2"]);
  });

  it("leaves out a peer that lacks what the scenario needs, and the sink of the modes", async () => {
    const notes: string[] = [];
    const peers = [notingPeer("old", notes, ["5"]), notingPeer("new", notes)];
    const v5 = { ...pairs, load: { ...pairs.load, protocol: "5" as const } };
    await runRounds({ scenarios: [v5], peers }, generator, { ...options, rounds: 1 });
    assert.deepEqual(notes, ["+new", "-new"]);
  });

  it("alternates the scenarios of a group", async () => {
    const [off, on] = ["off", "on"].map((name) => ({ ...pairs, name, group: "access" }));
    assert.ok(off && on);
    const plan = { scenarios: [off, on, pairs], peers: [notingPeer("a", [])] };
    const runs = await runRounds(plan, generator, options);
    assert.deepEqual(runs.map(({ scenario, round }) => `${scenario}${round}`), [
      ...["off1", "on1", "on2", "off2"],
      ...["pairs1", "pairs2"],
    ]);
  });

  it("tells a broker what a scenario needs, and leaves out those that lack it", async () => {
    const setups: Setup[] = [];
    const noting = notingPeer("new", []);
    const start: Peer["start"] = (setup) => {
      setups.push(setup);
      return noting.start(setup);
    };
    const tls = { ...pairs, name: "tls", load: { ...pairs.load, carrier: "tls" as const } };
    const access = { ...pairs, name: "access", topicSpaces: 100 };
    const off = { ...pairs, name: "off", topicSpaces: 0 };
    const peers = [notingPeer("old", [], ["tls", "access"]), { ...noting, start }];
    const scenarios = [pairs, tls, access, off];
    const runs = await runRounds({ scenarios, peers }, generator, { ...options, rounds: 1 });
    assert.deepEqual(runs.filter(({ peer }) => peer === "old").map(({ scenario }) => scenario), ["pairs"]);
    assert.deepEqual(setups, [
      { tls: "no", topicSpaces: 0, members: 0 },
      { tls: "server", topicSpaces: 0, members: 0 },
      { tls: "no", topicSpaces: 100, members: 0 },
      { tls: "no", topicSpaces: 0, members: 0 },
    ]);
  });

  it("lets a soak last as long as it is told to", async () => {
    const asked: unknown[] = [];
    const soak: ModeScenario = {
      name: "soak",
      title: "for long",
      question: "mode",
      mode: "soak",
      options: { publishers: 2, seconds: 600 },
      quick: { publishers: 1, seconds: 1 },
      figures: [],
    };
    const noting: LoadGenerator = {
      ...generator,
      mode: (_scenario, _peer, options) => {
        asked.push(options);
        return Promise.resolve({ faults: { count: 0, examples: [] } });
      },
    };
    const plan = { scenarios: [soak], peers: [notingPeer("a", [])] };
    for (const soakSeconds of [undefined, 120]) {
      await runRounds(plan, noting, { ...options, rounds: 1, soakSeconds });
    }
    assert.deepEqual(asked, [{ publishers: 2, seconds: 600 }, { publishers: 2, seconds: 120 }]);
  });

  it("times a bare commit in each round with persistent sessions, and lets only those peers differ", async () => {
    const peers = [{ ...notingPeer("saving", []), persistentOnly: true }, notingPeer("plain", [])];
    const persistent = { ...pairs, name: "persistent", load: { ...pairs.load, persistent: true } };
    const runs = await runRounds({ scenarios: [pairs, persistent], peers }, generator, {
      ...options,
      rounds: 1,
    });
    assert.deepEqual(runs.map(({ scenario, peer }) => `${scenario} ${peer}`), [
      "pairs plain",
      "persistent bare SQLite commit",
      "persistent saving",
      "persistent plain",
    ]);
  });

  it("counts a broker's commits over the run", async () => {
    let commits = 40;
    const counting = notingPeer("a", []);
    const start: Peer["start"] = async (setup) => ({
      ...await counting.start(setup),
      commits: () => commits++,
    });
    const [run] = await runRounds({ scenarios: [pairs], peers: [{ ...counting, start }] }, generator, {
      ...options,
      rounds: 1,
    });
    assert.ok((figureAt(run?.report, "commitsPerSecond") ?? 0) > 0);
  });

  it("goes on after a peer that fails, and says why its run does not count", async () => {
    const failing = { ...notingPeer("a", []), start: () => Promise.reject(new PeerFailed("no port")) };
    const plan = { scenarios: [pairs], peers: [failing, notingPeer("b", [])] };
    const runs = await runRounds(plan, generator, { ...options, rounds: 1 });
    assert.deepEqual(runs.map(({ objection }) => objection), ["no port", undefined]);
  });

  it("names no place of this machine in an objection", async () => {
    const start = () => Promise.reject(new PeerFailed("cannot read /tmp/a.conf: gone; 1/2 done"));
    const plan = { scenarios: [pairs], peers: [{ ...notingPeer("a", []), start }] };
    const [run] = await runRounds(plan, generator, { ...options, rounds: 1 });
    assert.equal(run?.objection, "cannot read …: gone; 1/2 done");
  });

  it("stops a peer whose run went wrong", async () => {
    const notes: string[] = [];
    const broken = { ...generator, load: () => Promise.reject(new Error("lost")) };
    const plan = { scenarios: [pairs], peers: [notingPeer("a", notes)] };
    await runRounds(plan, broken, { ...options, rounds: 1 });
    assert.deepEqual(notes, ["+a", "-a"]);
  });
});

describe("rotated()", () => {
  it("begins elsewhere and keeps the order", () => {
    assert.deepEqual(rotated(["a", "b", "c"], 4), ["b", "c", "a"]);
    assert.deepEqual(rotated([], 3), []);
  });
});
