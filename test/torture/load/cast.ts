import { Publisher, type PublisherOptions, type PublisherWorld } from "./publisher.ts";
import { RetainedWriter } from "./retained_writer.ts";
import { Subscriber, type SubscriberOptions } from "./subscriber.ts";
import { WillWatcher } from "./will_watcher.ts";

/** The clients that take part in the whole run. */
export interface Cast {
  readonly publishers: readonly Publisher[];
  readonly writers: readonly RetainedWriter[];
  readonly subscribers: readonly Subscriber[];
  readonly watchers: readonly WillWatcher[];
}

const publishers: readonly PublisherOptions[] = [
  { name: "publisher-1", version: 5, qos: [1], windowMax: 400 },
  { name: "publisher-2", version: 4, qos: [1], windowMax: 200 },
  { name: "publisher-3", version: 5, qos: [2], windowMax: 200 },
  { name: "publisher-4", version: 4, qos: [2], windowMax: 60 },
  { name: "publisher-5", version: 5, qos: [1, 2], windowMax: 100 },
  { name: "publisher-6", version: 4, qos: [1, 2], windowMax: 2 },
];

/** Filters of one session do not overlap: a broker may send one copy or one for each (v5 §3.3.4). */
const subscribers: readonly SubscriberOptions[] = [
  { name: "all", version: 5, qos: 2, filters: ["load/#"] },
  { name: "north", version: 4, qos: 1, filters: ["load/north/+"] },
  { name: "south", version: 5, qos: 2, filters: ["load/south/#"], lingerMilliseconds: 15 },
  { name: "narrow", version: 5, qos: 1, filters: ["load/+/1"], receiveMaximum: 3 },
  {
    name: "fickle-1",
    version: 5,
    qos: 1,
    filters: ["load/east/0", "load/east/1", "load/north/0"],
    isFickle: true,
  },
  { name: "fickle-2", version: 4, qos: 2, filters: ["load/east/2", "load/+/3"], isFickle: true },
];

/** The first member of a group never ends its subscription: what waits for a group without members may go. */
const groups: readonly { name: string; members: readonly SubscriberOptions[] }[] = [
  group("$share/twice/load/north/#", 2, [{ version: 5 }, { version: 5, isFickle: true }, { version: 4 }]),
  group("$share/once/load/+/2", 1, [{ version: 5, receiveMaximum: 10 }, { version: 4, isFickle: true }]),
];

/** Sets up everyone, with their own entries in the ledger. Nobody is connected. */
export function createCast(world: PublisherWorld): Cast {
  const { ledger, random } = world;
  const { messages } = ledger;
  const alone = subscribers.map((one) => new Subscriber(one, messages.session(one.name), ledger));
  const shared = groups.flatMap(({ name, members }) => {
    const target = messages.group(name);
    return members.map((member) => new Subscriber(member, target, ledger));
  });
  return {
    publishers: publishers.map((one) => new Publisher(one, world)),
    writers: ([4, 5] as const).map((version, number) =>
      new RetainedWriter({ number, version }, ledger, random)
    ),
    subscribers: [...alone, ...shared],
    watchers: [
      new WillWatcher({ name: "watcher-1", version: 5, qos: 2 }, ledger),
      new WillWatcher({ name: "watcher-2", version: 4, qos: 1 }, ledger),
    ],
  };
}

function group(
  filter: string,
  qos: 1 | 2,
  members: readonly Omit<SubscriberOptions, "name" | "filters" | "qos">[],
) {
  const named = members.map((member, number) => ({
    ...member,
    name: `member-${number} of ${filter}`,
    filters: [filter],
    qos,
  }));
  return { name: filter, members: named };
}
