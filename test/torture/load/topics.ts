/** The topics of the load. Subscribers' filters lie across them. */
export const regions = ["north", "south", "east"] as const;
export const places = [0, 1, 2, 3] as const;

/** `load/REGION/PLACE` */
export const loadTopics: readonly string[] = regions.flatMap((region) =>
  places.map((place) => `load/${region}/${place}`)
);

/** Topics that one writer of retained messages changes. */
export function retainedTopics(writer: number): readonly string[] {
  return places.map((place) => `kept/${writer}/${place}`);
}

export const retainedFilter = "kept/#";

/** Where the will of a client goes. */
export function willTopic(will: number): string {
  return `will/${will}`;
}

export const willFilter = "will/#";
