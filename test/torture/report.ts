import type { FaultLog } from "./ledger/fault.ts";
import type { MessageTally } from "./ledger/message_ledger.ts";

/** One SIGKILL. */
export interface Kill {
  /** Milliseconds from the start of the process. */
  readonly afterMilliseconds: number;
  /** Whether clients were served already, or the broker was still starting. */
  readonly during: "start" | "load";
  /** Messages with QoS 1 and 2 that clients had sent and that were never acknowledged in this life. */
  readonly unacknowledged: number;
  /** Of them, those that the broker's process had read to their last byte. */
  readonly held: number;
}

/** What a run found. */
export interface Report {
  readonly subject: string;
  readonly seed: number;
  readonly seconds: number;
  readonly kills: readonly Kill[];
  readonly messages: MessageTally;
  /** How often each reason code came. */
  readonly refusals: ReadonlyMap<string, number>;
  readonly retainedChanges: number;
  readonly willsDue: number;
  readonly faults: FaultLog;
}

/** From how many held acknowledgements on a kill hurts. */
export const heldEnough = 100;

/** Whether a kill landed while enough acknowledgements were held. */
export function hurts({ held }: Kill): boolean {
  return held >= heldEnough;
}

/** How many kills hurt. */
export function killsThatHurt({ kills }: Report): number {
  return kills.filter(hurts).length;
}

/** Why the run counts for nothing or the broker has failed; empty if neither. */
export function objections(report: Report): string[] {
  const objections = report.faults.lines();
  if (2 * killsThatHurt(report) < report.kills.length) {
    objections.push(`fewer than half of the kills landed while ${heldEnough} acknowledgements were held`);
  }
  return objections;
}

/** The figures of a run, in lines. */
export function figures(report: Report): string[] {
  const { subject, seed, seconds, kills, messages, retainedChanges, willsDue, refusals, faults } = report;
  const held = kills.map(({ held }) => held).sort((one, other) => one - other);
  const starting = kills.filter(({ during }) => during === "start").length;
  const { duplicated, reordered } = {
    duplicated: faults.count("duplicated"),
    reordered: faults.count("reordered"),
  };
  return [
    `${subject}, seed ${seed}: ${kills.length} kills in ${
      seconds.toFixed(0)
    } s, ${starting} of them during the start`,
    `acknowledgements held at a kill: ${held.at(0)} to ${held.at(-1)}, median ${held[held.length >> 1]}; ` +
    `${heldEnough} or more at ${killsThatHurt(report)} of ${kills.length} kills`,
    `messages: ${messages.sent} sent, ${messages.acknowledged} acknowledged, ${messages.refused} refused`,
    ...[...refusals].map(([reason, count]) => `    refused ${count} times: ${reason}`),
    `deliveries: ${messages.due} promised, ${messages.lost} lost, ${duplicated} duplicated (QoS 2), ` +
    `${reordered} reordered; ${messages.arrived} came, ${messages.repeated} of them QoS 1 again`,
    `retained: ${retainedChanges} changes acknowledged, ${faults.count("retained-wrong")} wrong; ` +
    `wills: ${willsDue} due, ${faults.count("will-lost")} lost`,
  ];
}
