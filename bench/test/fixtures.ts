import type { Peer } from "../peers/peer.ts";
import type { LoadReport } from "../report.ts";
import type { LoadScenario } from "../scenario.ts";

/** A scenario of ten pairs. */
export const pairs: LoadScenario = {
  name: "pairs",
  title: "ten pairs",
  question: "throughput",
  goal: 30,
  load: {
    publishers: 10,
    subscribers: 10,
    topics: 10,
    qos: 0,
    payloadBytes: 64,
    window: 100,
    protocol: "3.1.1",
    carrier: "tcp",
  },
};

/** A report with nothing to object to. */
export function reportOf(messagesPerSecond: number): LoadReport {
  return {
    sent: 5,
    received: 5,
    expected: 5,
    seconds: 1,
    measured: 5,
    messagesPerSecond,
    latency: null,
    sendLag: null,
    acknowledgement: null,
    generatorCpu: 0.5,
    othersCpu: 0,
    broker: {
      cpuSeconds: 1,
      cpuUsPerMessage: 2,
      residentBytes: 2 ** 20,
      peakBytes: 2 ** 21,
      writtenBytesPerMessage: null,
    },
    faults: { count: 0, examples: [] },
  };
}

/** A peer that notes when it is started and stopped. */
export function notingPeer(name: string, notes: string[], lacks: Peer["lacks"] = []): Peer {
  const stop = () => {
    notes.push(`-${name}`);
    return Promise.resolve();
  };
  const start = () => {
    notes.push(`+${name}`);
    return Promise.resolve({ name, mqtt: "127.0.0.1:1", stop });
  };
  return { name, version: "1", lacks, start };
}
